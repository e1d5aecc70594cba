# MISC bitstream, version 0.2, for Kaitai Struct (https://kaitai.io): all declared fields; codewords are bytes.
# The specification, misc-bitstream.md, is what counts; a test compares both on every conformance vector.
meta:
  id: misc_bitstream
  title: MISC bitstream
  file-extension: misc
  license: Apache-2.0
  ks-version: '0.10'
  endian: be
  bit-endian: be
doc: A file format for ultra-low-bitrate semantic image compression.
seq:
  - id: header
    type: header
  - id: text
    type: component(0, header.last_kind == 0 and not header.has_ancillary)
    if: header.has_text
  - id: maps
    type: component(1, header.last_kind == 1 and not header.has_ancillary)
    if: header.has_maps
  - id: generation
    type: component(2, header.last_kind == 2 and not header.has_ancillary)
    if: header.has_generation
  - id: image
    type: component(3, header.last_kind == 3 and not header.has_ancillary)
    if: header.has_image
  - id: ancillary
    type: ancillary
    repeat: eos
    if: header.has_ancillary
types:
  header:
    doc: Clause 4.2.
    seq:
      - id: signature
        contents: [0xcd, 0x53, 0x43]
      - id: version_major
        type: b3
        valid: 0
      - id: version_minor
        type: b3
        valid: 2
      - id: profile
        type: b4
        valid:
          expr: _ != 14
        doc: Registered number of the profile.
      - id: has_text
        type: b1
      - id: has_maps
        type: b1
      - id: has_generation
        type: b1
      - id: has_image
        type: b1
      - id: has_ancillary
        type: b1
      - id: wide_size
        type: b1
      - id: narrow_width_minus_1
        type: b12
        if: not wide_size
      - id: narrow_height_minus_1
        type: b12
        if: not wide_size
      - id: wide_width_minus_1
        type: b16
        if: wide_size
        valid:
          max: 65534
      - id: wide_height_minus_1
        type: b16
        if: wide_size
        valid:
          max: 65534
    instances:
      last_kind:
        value: 'has_image ? 3 : has_generation ? 2 : has_maps ? 1 : 0'
        doc: The last core component that is present.
      width:
        value: '(wide_size ? wide_width_minus_1 : narrow_width_minus_1) + 1'
      height:
        value: '(wide_size ? wide_height_minus_1 : narrow_height_minus_1) + 1'
  component:
    doc: Clause 4.3, and the declared fields of the payload. A part of an image has such a frame as well.
    params:
      - id: kind
        type: u1
        doc: 0 text, 1 maps, 2 generation, 3 image.
      - id: last
        type: bool
    seq:
      - id: method
        type: b4
      - id: has_check
        type: b1
        if: self_declared
      - id: declared_length
        type: b11
        if: self_declared
      - id: length
        type: b12
        if: not self_declared and not last
      - id: reserved
        type: b4
        valid: 0
        if: not self_declared and last
      - id: declared_length_extra
        type: varint
        if: self_declared and declared_length == 2047
      - id: length_extra
        type: varint
        if: not self_declared and not last and length == 4095
      - id: check
        type: u2
        if: self_declared and has_check
      - id: payload
        size: >-
          self_declared ? (declared_length == 2047 ? 2047 + declared_length_extra.value : declared_length)
          : last ? _io.size - _io.pos
          : length == 4095 ? 4095 + length_extra.value : length
        type:
          switch-on: kind * 16 + method
          cases:
            3: own_model
            16: packed_or_run_lengths
            17: packed_or_run_lengths
            18: regions
            32: generation
            48: grid
            49: latents
            50: strings
            51: codestream
            52: parts
            53: codes(false)
            54: codes(true)
            55: codes(false)
            56: codes(false)
            57: codes(false)
            58: sets
            59: integers
            60: coded_string
    instances:
      self_declared:
        value: method == 15 or (kind == 3 and (method == 2 or method == 3 or method == 12))
        doc: Whether only its codec can tell that the payload is whole.
  parts:
    doc: Clause 4.8.
    seq:
      - id: part
        type: part
        repeat: until
        repeat-until: _.last_part
  part:
    seq:
      - id: role
        type: b5
        valid:
          expr: _ <= 15 or _ == 31
      - id: has_name
        type: b1
      - id: last_part
        type: b1
      - id: part_reserved
        type: b1
        valid: false
      - id: name
        type: string
        if: has_name
      - id: component
        type: component(3, last_part)
  ancillary:
    doc: Clause 4.4.
    seq:
      - id: type
        type: b4
        valid:
          min: 6
      - id: length
        type: b12
      - id: length_extra
        type: varint
        if: length == 4095
      - id: payload
        size: 'length == 4095 ? 4095 + length_extra.value : length'
  varint:
    doc: Clause 3.3.
    seq:
      - id: groups
        type: group
        repeat: until
        repeat-until: not _.more
    types:
      group:
        seq:
          - id: more
            type: b1
          - id: value
            type: b7
    instances:
      value:
        value: >-
          groups[0].value
          + (groups.size > 1 ? groups[1].value * 128 : 0)
          + (groups.size > 2 ? groups[2].value * 16384 : 0)
          + (groups.size > 3 ? groups[3].value * 2097152 : 0)
          + (groups.size > 4 ? groups[4].value * 268435456 : 0)
  own_model:
    doc: Clause 6.10.
    seq:
      - id: model_digest
        type: u8
      - id: codeword
        size-eos: true
  packed_or_run_lengths:
    doc: Clauses 7.2 and 7.3.
    seq:
      - id: header
        type: maps_header
      - id: codes
        size-eos: true
  maps_header:
    doc: Clause 7.1.
    seq:
      - id: map_count_minus_1
        type: b4
      - id: size_code
        type: b4
        valid:
          expr: _ <= 11 or _ >= 14
      - id: one_size
        type: map_size
        if: size_code == 14
      - id: size
        type: map_size
        repeat: expr
        repeat-expr: map_count_minus_1 + 1
        if: size_code == 15
  map_size:
    seq:
      - id: width_minus_1
        type: varint
      - id: height_minus_1
        type: varint
  regions:
    doc: Clause 7.4.1.
    seq:
      - id: header
        type: maps_header
      - id: frames
        type: frames(header.map_count_minus_1 + 1)
      - id: data
        size: 'frames.region[_index].has_length ? frames.region[_index].length : _io.size - _io.pos'
        repeat: expr
        repeat-expr: header.map_count_minus_1 + 1
  frames:
    params:
      - id: count
        type: u1
    seq:
      - id: region
        type: region_frame(_index < count - 1)
        repeat: expr
        repeat-expr: count
      - id: reserved
        type: b4
        valid: 0
        if: count % 2 == 1
  region_frame:
    doc: Frames lie next to each other bit by bit, so that the varint of the length is spelled out.
    params:
      - id: has_length
        type: bool
    seq:
      - id: template
        type: b2
      - id: typical_prediction
        type: b1
      - id: end_marker
        type: b1
      - id: more_0
        type: b1
        if: has_length
      - id: group_0
        type: b7
        if: has_length
      - id: more_1
        type: b1
        if: has_length and more_0
      - id: group_1
        type: b7
        if: has_length and more_0
      - id: more_2
        type: b1
        if: has_length and more_0 and more_1
      - id: group_2
        type: b7
        if: has_length and more_0 and more_1
    instances:
      length:
        value: 'group_0 + (more_0 ? group_1 * 128 + (more_1 ? group_2 * 16384 : 0) : 0)'
        if: has_length
  generation:
    doc: Clause 13.
    seq:
      - id: has_model
        type: b1
      - id: has_seed
        type: b1
      - id: has_sampler
        type: b1
      - id: has_steps
        type: b1
      - id: has_strength
        type: b1
      - id: has_guidance
        type: b1
      - id: has_prompt_suffix
        type: b1
      - id: has_more
        type: b1
      - id: has_level
        type: b1
        if: has_more
      - id: has_settings
        type: b1
        if: has_more
      - id: has_seed_high
        type: b1
        if: has_more
      - id: reserved
        type: b5
        valid: 0
        if: has_more
      - id: model
        type: varint
        if: has_model
      - id: model_digest
        type: u8
        if: has_model and model.value == 0
      - id: seed
        type: varint
        if: has_seed
      - id: sampler
        type: varint
        if: has_sampler
      - id: steps
        type: varint
        if: has_steps
      - id: strength
        type: u1
        if: has_strength
        valid:
          max: 100
      - id: guidance
        type: varint
        if: has_guidance
      - id: prompt_suffix
        type: string
        if: has_prompt_suffix
      - id: level
        type: varint
        if: has_more and has_level
      - id: settings
        type: u8
        if: has_more and has_settings
      - id: seed_high
        type: varint
        if: has_more and has_seed_high
  string:
    seq:
      - id: length
        type: varint
      - id: value
        type: str
        size: length.value
        encoding: UTF-8
  grid:
    doc: Clause 8.1.
    seq:
      - id: layout
        type: b1
      - id: colour
        type: b2
        valid:
          max: 1
      - id: depth_minus_1
        type: b3
      - id: reserved
        type: b2
        valid: 0
      - id: grid_width_minus_1
        type: varint
        if: not layout
      - id: grid_height_minus_1
        type: varint
        if: not layout
      - id: block_size_minus_1
        type: varint
        if: layout
      - id: codeword
        size-eos: true
  latents:
    doc: Clause 9.2.
    seq:
      - id: grey_picture
        type: b1
      - id: quality
        type: b7
      - id: codeword
        size-eos: true
  strings:
    doc: Clause 10.1.
    seq:
      - id: architecture
        type: b4
        valid:
          expr: (_ >= 1 and _ <= 6) or _ >= 14
      - id: metric
        type: b1
      - id: quality_minus_1
        type: b3
      - id: own_weights
        type: b1
      - id: explicit_shape
        type: b1
      - id: reserved
        type: b6
        valid: 0
        if: one_string
      - id: z_length
        type: b6
        if: not one_string
      - id: z_length_extra
        type: varint
        if: not one_string and z_length == 63
      - id: weights_digest
        type: u8
        if: own_weights
      - id: rows_minus_1
        type: varint
        if: explicit_shape
      - id: columns_minus_1
        type: varint
        if: explicit_shape
      - id: z
        size: 'z_length == 63 ? 63 + z_length_extra.value : z_length'
        if: not one_string
      - id: y
        size-eos: true
    instances:
      one_string:
        value: architecture == 1 or architecture == 14
  codestream:
    doc: Clause 11.2.
    seq:
      - id: reduction_minus_1
        type: b2
        valid:
          max: 2
      - id: template
        type: b6
        valid:
          max: 28
      - id: stored
        size-eos: true
  array_size:
    doc: Clause 12.1.
    seq:
      - id: size_minus_1
        type: varint
  codes:
    doc: Clauses 12.2 to 12.7.
    params:
      - id: has_table
        type: bool
    seq:
      - id: dimensions_minus_1
        type: b2
      - id: has_labels
        type: b1
      - id: alphabet_exponent
        type: b5
      - id: alphabet_minus_2
        type: varint
        if: alphabet_exponent == 0
      - id: size
        type: array_size
        repeat: expr
        repeat-expr: dimensions_minus_1 + 1
      - id: labels
        type: string
        repeat: expr
        repeat-expr: 'alphabet_exponent == 0 ? alphabet_minus_2.value + 2 : 1 << alphabet_exponent'
        if: has_labels
      - id: table_digest
        type: u8
        if: has_table
      - id: codeword
        size-eos: true
  sets:
    doc: Clause 12.8.
    seq:
      - id: dimensions_minus_1
        type: b2
      - id: reserved
        type: b1
        valid: false
      - id: alphabet_exponent
        type: b5
      - id: alphabet_minus_2
        type: varint
        if: alphabet_exponent == 0
      - id: size
        type: array_size
        repeat: expr
        repeat-expr: dimensions_minus_1 + 1
      - id: codeword
        size-eos: true
  integers:
    doc: Clause 12.9.
    seq:
      - id: dimensions_minus_1
        type: b2
      - id: has_scale
        type: b1
      - id: reserved
        type: b5
        valid: 0
      - id: size
        type: array_size
        repeat: expr
        repeat-expr: dimensions_minus_1 + 1
      - id: step_minus_1
        type: varint
        if: has_scale
      - id: offset_code
        type: varint
        if: has_scale
      - id: codeword
        size-eos: true
  coded_string:
    doc: Clause 12.10.
    seq:
      - id: entropy_coder
        type: b5
      - id: dimensions
        type: b3
        valid:
          max: 4
      - id: size
        type: array_size
        repeat: expr
        repeat-expr: dimensions
      - id: string
        size-eos: true
