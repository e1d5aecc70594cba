# Made from spec/format.json by spec/generate.py. The specification, misc-bitstream.md, is what counts.
meta:
  id: misc_bitstream
  title: MISC bitstream
  file-extension: misc
  license: Apache-2.0
  ks-version: '0.10'
  endian: be
  bit-endian: be
doc: "MISC bitstream, version 0.2: all declared fields; codewords are bytes."
seq:
  - id: header
    type: header
  - id: text
    type: component(0, not (header.has_maps or header.has_generation or header.has_image or header.has_ancillary))
    if: header.has_text
  - id: maps
    type: component(1, not (header.has_generation or header.has_image or header.has_ancillary))
    if: header.has_maps
  - id: generation
    type: component(2, not (header.has_image or header.has_ancillary))
    if: header.has_generation
  - id: image
    type: component(3, not (header.has_ancillary))
    if: header.has_image
  - id: ancillary
    type: ancillary
    repeat: eos
    if: header.has_ancillary
types:
  header:
    doc: Header (clause 4.2).
    seq:
      - id: signature
        type: b24
        valid:
          expr: _ == 13456195
        doc: "CD 53 43 in hexadecimal: \"MSC\" with the first bit set"
      - id: version_major
        type: b3
        valid:
          expr: _ == 0
        doc: "0; other values: reject"
      - id: version_minor
        type: b3
        valid:
          expr: _ == 2
        doc: "2; clause 4.7 gives the fate of others"
      - id: profile
        type: b4
        valid:
          expr: _ <= 13 or _ == 15
        doc: "registered number of the profile; reserved values: reject"
      - id: has_text
        type: b1
        doc: "1: the text component is present"
      - id: has_maps
        type: b1
        doc: "1: the maps component is present"
      - id: has_generation
        type: b1
        doc: "1: the generation component is present"
      - id: has_image
        type: b1
        doc: "1: the image component is present"
      - id: has_ancillary
        type: b1
        doc: "1: a list of ancillary components ends the file"
      - id: wide_size
        type: b1
        doc: "1: a side is more than 4,096 pixels"
      - id: width_minus_1_wide_size_0
        type: b12
        if: not wide_size
        doc: width of the original picture - 1
      - id: height_minus_1_wide_size_0
        type: b12
        if: not wide_size
        doc: height of the original picture - 1
      - id: width_minus_1_wide_size_1
        type: u2
        if: wide_size
        valid:
          expr: _ <= 65534
        doc: width of the original picture - 1, at most 65,534
      - id: height_minus_1_wide_size_1
        type: u2
        if: wide_size
        valid:
          expr: _ <= 65534
        doc: height of the original picture - 1, at most 65,534
    instances:
      width_minus_1:
        value: "not wide_size ? width_minus_1_wide_size_0 : width_minus_1_wide_size_1"
      height_minus_1:
        value: "not wide_size ? height_minus_1_wide_size_0 : height_minus_1_wide_size_1"
  component_frame:
    doc: Frame of a core component or of a part (clause 4.3).
    params:
      - id: kind
        type: u1
      - id: is_last
        type: bool
    seq:
      - id: method
        type: b4
        doc: registered number of the coding method
      - id: length
        type: b12
        if: form == 1
        doc: "bytes of payload; 4,095: length_extra follows"
      - id: length_extra
        type: varint
        if: form == 1 and length == 4095
        doc: bytes of payload - 4,095
      - id: reserved
        type: b4
        if: form == 0
        valid:
          expr: _ == 0
        doc: "0: the payload goes to the end"
      - id: has_check
        type: b1
        if: form == 2
        doc: "1: check is present"
      - id: declared_length
        type: b11
        if: form == 2
        doc: "bytes of payload; 2,047: declared_length_extra follows"
      - id: declared_length_extra
        type: varint
        if: form == 2 and declared_length == 2047
        doc: bytes of payload - 2,047
      - id: check
        type: u2
        if: form == 2 and has_check
        doc: CRC-16 of the payload
    instances:
      form:
        value: "method == 15 or ((kind == 3) and method == 2) or ((kind == 3) and method == 3) or ((kind == 3) and method == 12) ? 2 : is_last ? 0 : 1"
        doc: "the first field of a frame, `method`, and the place of the frame tell its form, which is the parameter `form`: self_declared if the method is self_declared; otherwise last or sized"
  part_frame:
    doc: Frame of a part (clause 4.8).
    seq:
      - id: role
        type: b5
        valid:
          expr: _ <= 15 or _ == 31
        doc: "registered number of the role; reserved values: reject"
      - id: has_name
        type: b1
        doc: "1: name is present"
      - id: last_part
        type: b1
        doc: "1: no part follows"
      - id: part_reserved
        type: b1
        valid:
          expr: _ == false
        doc: "0"
      - id: name
        type: string
        if: has_name
        doc: name of the part
  ancillary_frame:
    doc: Frame of an ancillary component (clause 4.4).
    seq:
      - id: type
        type: b4
        doc: "registered number of the type; below 6: critical"
      - id: length
        type: b12
        doc: "bytes of payload; 4,095: length_extra follows"
      - id: length_extra
        type: varint
        if: length == 4095
        doc: bytes of payload - 4,095
  own_model:
    doc: Language model of the user's (clause 6.10).
    seq:
      - id: model_digest
        type: u8
        doc: the first bytes of the SHA-256 of the model's file
  map_size:
    doc: Size of a map (clause 7.1).
    seq:
      - id: width_minus_1
        type: varint
        valid:
          expr: _.value <= 65534
        doc: columns - 1, at most 65,534
      - id: height_minus_1
        type: varint
        valid:
          expr: _.value <= 65534
        doc: rows - 1, at most 65,534
  maps_header:
    doc: Number and sizes of maps (clause 7.1).
    seq:
      - id: map_count_minus_1
        type: b4
        doc: number of maps - 1
      - id: size_code
        type: b4
        valid:
          expr: _ <= 11 or (_ >= 14 and _ <= 15)
        doc: "0: the picture's size; 1 to 11: a square of the table; 14, 15: explicit; others: reject"
      - id: one_size
        type: map_size
        if: size_code == 14
        doc: one size for all maps
      - id: size
        type: map_size
        repeat: expr
        repeat-expr: "(map_count_minus_1 + 1)"
        if: size_code == 15
        doc: map by map
  region_frame:
    doc: Frame of a JBIG2 region (clause 7.4.1).
    params:
      - id: last
        type: bool
        doc: "1 for the last map: its data go to the end of the payload"
      - id: half
        type: bool
        doc: "1 for the last of an odd number of maps"
    seq:
      - id: template
        type: b2
        doc: GBTEMPLATE of T.88
      - id: typical_prediction
        type: b1
        doc: TPGDON of T.88
      - id: end_marker
        type: b1
        doc: "1: in a JBIG2 file, FF AC follows the data"
      - id: length_more_0
        type: b1
        if: not last
      - id: length_group_0
        type: b7
        if: not last
      - id: length_more_1
        type: b1
        if: not last and length_more_0
      - id: length_group_1
        type: b7
        if: not last and length_more_0
      - id: length_more_2
        type: b1
        if: not last and length_more_0 and length_more_1
      - id: length_group_2
        type: b7
        if: not last and length_more_0 and length_more_1
      - id: length_more_3
        type: b1
        if: not last and length_more_0 and length_more_1 and length_more_2
      - id: length_group_3
        type: b7
        if: not last and length_more_0 and length_more_1 and length_more_2
      - id: length_more_4
        type: b1
        if: not last and length_more_0 and length_more_1 and length_more_2 and length_more_3
      - id: length_group_4
        type: b7
        if: not last and length_more_0 and length_more_1 and length_more_2 and length_more_3
      - id: reserved
        type: b4
        if: half
        valid:
          expr: _ == 0
        doc: "0: fills the byte"
    instances:
      length:
        value: "length_group_0 + (length_more_0 ? length_group_1 * 128 + (length_more_1 ? length_group_2 * 16384 + (length_more_2 ? length_group_3 * 2097152 + (length_more_3 ? length_group_4 * 268435456 : 0) : 0) : 0) : 0)"
  generation:
    doc: Generation (clause 13).
    seq:
      - id: has_model
        type: b1
        doc: "1: model is present"
      - id: has_seed
        type: b1
        doc: "1: seed is present"
      - id: has_sampler
        type: b1
        doc: "1: sampler is present"
      - id: has_steps
        type: b1
        doc: "1: steps is present"
      - id: has_strength
        type: b1
        doc: "1: strength is present"
      - id: has_guidance
        type: b1
        doc: "1: guidance is present"
      - id: has_prompt_suffix
        type: b1
        doc: "1: prompt_suffix is present"
      - id: has_more
        type: b1
        doc: "1: flags of more parameters follow"
      - id: has_level
        type: b1
        if: has_more
        doc: "1: level is present"
      - id: has_settings
        type: b1
        if: has_more
        doc: "1: settings is present"
      - id: has_seed_high
        type: b1
        if: has_more
        doc: "1: seed_high is present"
      - id: reserved
        type: b5
        if: has_more
        valid:
          expr: _ == 0
        doc: "0"
      - id: model
        type: varint
        if: has_model
        doc: "registered number of the generative model; 0: named by model_digest"
      - id: model_digest
        type: u8
        if: has_model and model.value == 0
        doc: first 8 bytes of the SHA-256 of the model's weights
      - id: seed
        type: varint
        if: has_seed
        doc: seed of the random generator
      - id: sampler
        type: varint
        if: has_sampler
        doc: registered number of the sampler
      - id: steps
        type: varint
        if: has_steps
        doc: denoising steps
      - id: strength
        type: u1
        if: has_strength
        valid:
          expr: _ <= 100
        doc: denoising strength in hundredths, at most 100
      - id: guidance
        type: varint
        if: has_guidance
        doc: guidance scale in tenths
      - id: prompt_suffix
        type: string
        if: has_prompt_suffix
        doc: text put behind every prompt
      - id: level
        type: varint
        if: has_more and has_level
        doc: rate point of the codec, such as its quality level or qp
      - id: settings
        type: u8
        if: has_more and has_settings
        doc: first 8 bytes of the SHA-256 of a file of settings that the decoder needs
      - id: seed_high
        type: varint
        if: has_more and has_seed_high
        doc: seed div 2^32
  grid_header:
    doc: Grid (clause 8.1).
    seq:
      - id: layout
        type: b1
        doc: "0: stretched over the picture; 1: blocks"
      - id: colour
        type: b2
        valid:
          expr: _ <= 1
        doc: "0: grey; 1: RGB; others: reject"
      - id: depth_minus_1
        type: b3
        doc: bits per sample - 1
      - id: reserved
        type: b2
        valid:
          expr: _ == 0
        doc: "0"
      - id: grid_width_minus_1
        type: varint
        if: not layout
        doc: columns - 1
      - id: grid_height_minus_1
        type: varint
        if: not layout
        doc: rows - 1
      - id: block_size_minus_1
        type: varint
        if: layout
        doc: pixels on a side of a block - 1
  latents_header:
    doc: Latents (clause 9.2).
    seq:
      - id: grey_picture
        type: b1
        doc: "1: the picture has no colours"
      - id: quality
        type: b7
        doc: the quality index; a higher one is better
  strings_header:
    doc: CompressAI strings (clause 10.1).
    seq:
      - id: architecture
        type: b4
        valid:
          expr: "(_ >= 1 and _ <= 6) or (_ >= 14 and _ <= 15)"
        doc: registered number of the architecture
      - id: metric
        type: b1
        doc: "what the model was trained for; 0: mean squared error, 1: MS-SSIM"
      - id: quality_minus_1
        type: b3
        doc: the library's quality level - 1
      - id: own_weights
        type: b1
        doc: "0: the library's pretrained weights; 1: those with weights_digest"
      - id: explicit_shape
        type: b1
        doc: "0: the usual shape"
      - id: reserved
        type: b6
        if: "(architecture == 1 or architecture == 14)"
        valid:
          expr: _ == 0
        doc: "0: there is one string"
      - id: z_length
        type: b6
        if: "(architecture == 2 or architecture == 3 or architecture == 4 or architecture == 5 or architecture == 6 or architecture == 15)"
        doc: "bytes of string z; 63: z_length_extra follows"
      - id: z_length_extra
        type: varint
        if: "(architecture == 2 or architecture == 3 or architecture == 4 or architecture == 5 or architecture == 6 or architecture == 15) and z_length == 63"
        doc: bytes of string z - 63
      - id: weights_digest
        type: u8
        if: own_weights
        doc: first 8 bytes of the SHA-256 of the file of weights
      - id: rows_minus_1
        type: varint
        if: explicit_shape
        doc: rows of the shape - 1
      - id: columns_minus_1
        type: varint
        if: explicit_shape
        doc: columns of the shape - 1
  codestream_header:
    doc: Codestream (clause 11.2).
    seq:
      - id: reduction_minus_1
        type: b2
        valid:
          expr: _ <= 2
        doc: "0 to 2: the picture was reduced to a whole, a half, a third of its sides before it was encoded; 3: reject"
      - id: template
        type: b6
        valid:
          expr: _ <= 28
        doc: "registered number of the template, which tells the format, too; others: reject"
  code_label:
    doc: Label of a code (clause 12.2).
    seq:
      - id: label
        type: string
        doc: what the code stands for
  array_size:
    doc: Size of a dimension of an array (clause 12.1).
    seq:
      - id: size_minus_1
        type: varint
        doc: elements - 1
  codes_header:
    doc: Codes (clause 12.2).
    seq:
      - id: dimensions_minus_1
        type: b2
        doc: dimensions - 1
      - id: has_labels
        type: b1
        doc: "1: a label for each code follows the sizes"
      - id: alphabet_exponent
        type: b5
        doc: "the alphabet has 2^alphabet_exponent codes; 0: alphabet_minus_2 follows"
      - id: alphabet_minus_2
        type: varint
        if: alphabet_exponent == 0
        doc: codes of the alphabet - 2
      - id: size
        type: array_size
        repeat: expr
        repeat-expr: "(dimensions_minus_1 + 1)"
        doc: the sizes, the last dimension last
  code_table:
    doc: Table of a static code (clause 12.4).
    seq:
      - id: table_digest
        type: u8
        doc: the first bytes of the SHA-256 of the file of the table
  sets_header:
    doc: Sets (clause 12.8).
    seq:
      - id: dimensions_minus_1
        type: b2
        doc: dimensions - 1
      - id: reserved
        type: b1
        valid:
          expr: _ == false
        doc: "0"
      - id: alphabet_exponent
        type: b5
        doc: "the alphabet has 2^alphabet_exponent codes; 0: alphabet_minus_2 follows"
      - id: alphabet_minus_2
        type: varint
        if: alphabet_exponent == 0
        doc: codes of the alphabet - 2
      - id: size
        type: array_size
        repeat: expr
        repeat-expr: "(dimensions_minus_1 + 1)"
        doc: the sizes, the last dimension last
  integers_header:
    doc: Integers (clause 12.9).
    seq:
      - id: dimensions_minus_1
        type: b2
        doc: dimensions - 1
      - id: has_scale
        type: b1
        doc: "1: step_minus_1 and offset_code are present"
      - id: reserved
        type: b5
        valid:
          expr: _ == 0
        doc: "0"
      - id: size
        type: array_size
        repeat: expr
        repeat-expr: "(dimensions_minus_1 + 1)"
        doc: the sizes, the last dimension last
      - id: step_minus_1
        type: varint
        if: has_scale
        doc: what 1 stands for, in units of 2^-16, less 1
      - id: offset_code
        type: varint
        if: has_scale
        doc: "what 0 stands for, in units of 2^-16: 2 x offset, or -2 x offset - 1 if that is negative"
  string_header:
    doc: String of any codec (clause 12.10).
    seq:
      - id: entropy_coder
        type: b5
        doc: registered number of the entropy coder; it is information, and no value is refused
      - id: dimensions
        type: b3
        valid:
          expr: _ <= 4
        doc: "dimensions of the array that the string holds; 0: they are not stated"
      - id: size
        type: array_size
        repeat: expr
        repeat-expr: "(dimensions + 0)"
        doc: the sizes, the last dimension last
  text_raw:
    doc: Method raw of text (clause 6.2).
    seq:
      - id: text
        size-eos: true
  text_huffman:
    doc: Method huffman of text (clause 6.3).
    seq:
      - id: text
        size-eos: true
  text_language:
    doc: Method language of text (clause 6.4).
    seq:
      - id: codeword
        size-eos: true
  text_language_own:
    doc: Method language-own of text (clause 6.10).
    seq:
      - id: own_model
        type: own_model
      - id: codeword
        size-eos: true
  text_private:
    doc: Method private of text (clause 4.5).
    seq:
      - id: payload
        size-eos: true
  maps_packed:
    doc: Method packed of maps (clause 7.2).
    seq:
      - id: maps_header
        type: maps_header
      - id: pixels
        size-eos: true
  maps_runlength:
    doc: Method runlength of maps (clause 7.3).
    seq:
      - id: maps_header
        type: maps_header
      - id: runs
        size-eos: true
  maps_jbig2:
    doc: Method jbig2 of maps (clause 7.4).
    seq:
      - id: maps_header
        type: maps_header
      - id: region
        type: "region_frame((_index + 1) == number, (_index + 1) == number and odd != 0)"
        repeat: expr
        repeat-expr: number
      - id: data
        size: "region[_index].last ? _io.size - _io.pos : region[_index].length"
        repeat: expr
        repeat-expr: region.size
    instances:
      number:
        value: "(maps_header.map_count_minus_1 + 1)"
      odd:
        value: "(number - (2 * (number / 2)))"
  maps_context:
    doc: Method context of maps (clause 7.5).
    seq:
      - id: codeword
        size-eos: true
  maps_ragged:
    doc: Method ragged of maps (clause 7.5).
    seq:
      - id: codeword
        size-eos: true
  maps_private:
    doc: Method private of maps (clause 4.5).
    seq:
      - id: payload
        size-eos: true
  generation_plain:
    doc: Method plain of generation (clause 13).
    seq:
      - id: generation
        type: generation
  generation_private:
    doc: Method private of generation (clause 4.5).
    seq:
      - id: payload
        size-eos: true
  image_grid:
    doc: Method grid of image (clause 8).
    seq:
      - id: grid_header
        type: grid_header
      - id: codeword
        size-eos: true
  image_latents:
    doc: Method latents of image (clause 9).
    seq:
      - id: latents_header
        type: latents_header
      - id: codeword
        size-eos: true
  image_compressai:
    doc: Method compressai of image (clause 10).
    seq:
      - id: strings_header
        type: strings_header
      - id: z
        size: "(strings == 2 ? (((strings_header.architecture == 2 or strings_header.architecture == 3 or strings_header.architecture == 4 or strings_header.architecture == 5 or strings_header.architecture == 6 or strings_header.architecture == 15) ? strings_header.z_length : 0) + ((strings_header.architecture == 2 or strings_header.architecture == 3 or strings_header.architecture == 4 or strings_header.architecture == 5 or strings_header.architecture == 6 or strings_header.architecture == 15) and strings_header.z_length == 63 ? strings_header.z_length_extra.value : 0)) : 0)"
      - id: y
        size-eos: true
    instances:
      strings:
        value: "(strings_header.architecture == 1 or strings_header.architecture == 14 ? 1 : strings_header.architecture == 2 or strings_header.architecture == 3 or strings_header.architecture == 4 or strings_header.architecture == 5 or strings_header.architecture == 6 or strings_header.architecture == 15 ? 2 : 0)"
  image_codestream:
    doc: Method codestream of image (clause 11).
    seq:
      - id: codestream_header
        type: codestream_header
      - id: codestream
        size-eos: true
  image_codes_uniform:
    doc: Method codes-uniform of image (clause 12.3).
    seq:
      - id: codes_header
        type: codes_header
      - id: labels
        type: code_label
        repeat: expr
        repeat-expr: "(codes_header.has_labels ? alphabet : 0)"
      - id: codes
        size-eos: true
    instances:
      alphabet:
        value: "(codes_header.alphabet_exponent != 0 ? (1 << codes_header.alphabet_exponent) : ((codes_header.alphabet_exponent == 0 ? codes_header.alphabet_minus_2.value : 0) + 2))"
  image_codes_static:
    doc: Method codes-static of image (clause 12.4).
    seq:
      - id: codes_header
        type: codes_header
      - id: labels
        type: code_label
        repeat: expr
        repeat-expr: "(codes_header.has_labels ? alphabet : 0)"
      - id: code_table
        type: code_table
      - id: codeword
        size-eos: true
    instances:
      alphabet:
        value: "(codes_header.alphabet_exponent != 0 ? (1 << codes_header.alphabet_exponent) : ((codes_header.alphabet_exponent == 0 ? codes_header.alphabet_minus_2.value : 0) + 2))"
  image_codes_adaptive:
    doc: Method codes-adaptive of image (clause 12.5).
    seq:
      - id: codes_header
        type: codes_header
      - id: labels
        type: code_label
        repeat: expr
        repeat-expr: "(codes_header.has_labels ? alphabet : 0)"
      - id: codes
        size-eos: true
    instances:
      alphabet:
        value: "(codes_header.alphabet_exponent != 0 ? (1 << codes_header.alphabet_exponent) : ((codes_header.alphabet_exponent == 0 ? codes_header.alphabet_minus_2.value : 0) + 2))"
  image_codes_context:
    doc: Method codes-context of image (clause 12.6).
    seq:
      - id: codes_header
        type: codes_header
      - id: labels
        type: code_label
        repeat: expr
        repeat-expr: "(codes_header.has_labels ? alphabet : 0)"
      - id: codes
        size-eos: true
    instances:
      alphabet:
        value: "(codes_header.alphabet_exponent != 0 ? (1 << codes_header.alphabet_exponent) : ((codes_header.alphabet_exponent == 0 ? codes_header.alphabet_minus_2.value : 0) + 2))"
  image_codes_graded:
    doc: Method codes-graded of image (clause 12.7).
    seq:
      - id: codes_header
        type: codes_header
      - id: labels
        type: code_label
        repeat: expr
        repeat-expr: "(codes_header.has_labels ? alphabet : 0)"
      - id: codes
        size-eos: true
    instances:
      alphabet:
        value: "(codes_header.alphabet_exponent != 0 ? (1 << codes_header.alphabet_exponent) : ((codes_header.alphabet_exponent == 0 ? codes_header.alphabet_minus_2.value : 0) + 2))"
  image_sets:
    doc: Method sets of image (clause 12.8).
    seq:
      - id: sets_header
        type: sets_header
      - id: sets
        size-eos: true
  image_integers:
    doc: Method integers of image (clause 12.9).
    seq:
      - id: integers_header
        type: integers_header
      - id: values
        size-eos: true
  image_string:
    doc: Method string of image (clause 12.10).
    seq:
      - id: string_header
        type: string_header
      - id: string
        size-eos: true
  image_private:
    doc: Method private of image (clause 4.5).
    seq:
      - id: payload
        size-eos: true
  component:
    doc: "A core component, or a part of an image: its frame and its payload."
    params:
      - id: kind
        type: u1
        doc: "0 text, 1 maps, 2 generation, 3 image"
      - id: is_last
        type: bool
    seq:
      - id: frame
        type: component_frame(kind, is_last)
      - id: payload
        size: "frame.form == 2 ? (frame.form == 2 ? frame.declared_length : 0) + (frame.form == 2 and frame.declared_length == 2047 ? frame.declared_length_extra.value : 0) : frame.form == 1 ? (frame.form == 1 ? frame.length : 0) + (frame.form == 1 and frame.length == 4095 ? frame.length_extra.value : 0) : _io.size - _io.pos"
        type:
          switch-on: "kind << 4 | frame.method"
          cases:
            0: text_raw
            1: text_huffman
            2: text_language
            3: text_language_own
            15: text_private
            16: maps_packed
            17: maps_runlength
            18: maps_jbig2
            19: maps_context
            20: maps_ragged
            31: maps_private
            32: generation_plain
            47: generation_private
            48: image_grid
            49: image_latents
            50: image_compressai
            51: image_codestream
            52: parts
            53: image_codes_uniform
            54: image_codes_static
            55: image_codes_adaptive
            56: image_codes_context
            57: image_codes_graded
            58: image_sets
            59: image_integers
            60: image_string
            63: image_private
  parts:
    seq:
      - id: part
        type: part
        repeat: until
        repeat-until: _.part_frame.last_part
  part:
    seq:
      - id: part_frame
        type: part_frame
      - id: component
        type: component(3, part_frame.last_part)
  ancillary:
    seq:
      - id: frame
        type: ancillary_frame
        valid:
          expr: _.type >= 6
      - id: payload
        size: "frame.length + (frame.length == 4095 ? frame.length_extra.value : 0)"
  varint:
    doc: "a varint: bytes that hold seven bits of a number each, the least significant bits first; the top bit is 1 in all but the last byte"
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
        value: "(groups.size > 0 ? groups[0].value * 1 : 0) + (groups.size > 1 ? groups[1].value * 128 : 0) + (groups.size > 2 ? groups[2].value * 16384 : 0) + (groups.size > 3 ? groups[3].value * 2097152 : 0) + (groups.size > 4 ? groups[4].value * 268435456 : 0)"
  string:
    doc: "a string: a varint, the number of bytes, and these bytes, which are UTF-8"
    seq:
      - id: length
        type: varint
      - id: value
        type: str
        size: length.value
        encoding: UTF-8
