# Made from misc_bitstream.ksy, SHA-256 1109b14f6405a6b366e06254dcd336c8a9e132cb8815bba1ff2ca8ad44921722
# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class MiscBitstream(KaitaiStruct):
    """A file format for ultra-low-bitrate semantic image compression."""
    def __init__(self, _io, _parent=None, _root=None):
        super(MiscBitstream, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self._read()

    def _read(self):
        self.header = MiscBitstream.Header(self._io, self, self._root)
        if self.header.has_text:
            pass
            self.text = MiscBitstream.Component(0,  ((self.header.last_kind == 0) and ((not (self.header.has_ancillary)))) , self._io, self, self._root)

        if self.header.has_maps:
            pass
            self.maps = MiscBitstream.Component(1,  ((self.header.last_kind == 1) and ((not (self.header.has_ancillary)))) , self._io, self, self._root)

        if self.header.has_generation:
            pass
            self.generation = MiscBitstream.Component(2,  ((self.header.last_kind == 2) and ((not (self.header.has_ancillary)))) , self._io, self, self._root)

        if self.header.has_image:
            pass
            self.image = MiscBitstream.Component(3,  ((self.header.last_kind == 3) and ((not (self.header.has_ancillary)))) , self._io, self, self._root)

        if self.header.has_ancillary:
            pass
            self.ancillary = []
            i = 0
            while not self._io.is_eof():
                self.ancillary.append(MiscBitstream.Ancillary(self._io, self, self._root))
                i += 1




    def _fetch_instances(self):
        pass
        self.header._fetch_instances()
        if self.header.has_text:
            pass
            self.text._fetch_instances()

        if self.header.has_maps:
            pass
            self.maps._fetch_instances()

        if self.header.has_generation:
            pass
            self.generation._fetch_instances()

        if self.header.has_image:
            pass
            self.image._fetch_instances()

        if self.header.has_ancillary:
            pass
            for i in range(len(self.ancillary)):
                pass
                self.ancillary[i]._fetch_instances()



    class Ancillary(KaitaiStruct):
        """Clause 4.4."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Ancillary, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.type = self._io.read_bits_int_be(4)
            if not self.type >= 6:
                raise kaitaistruct.ValidationLessThanError(6, self.type, self._io, u"/types/ancillary/seq/0")
            self.length = self._io.read_bits_int_be(12)
            if self.length == 4095:
                pass
                self.length_extra = MiscBitstream.Varint(self._io, self, self._root)

            self.payload = self._io.read_bytes((4095 + self.length_extra.value if self.length == 4095 else self.length))


        def _fetch_instances(self):
            pass
            if self.length == 4095:
                pass
                self.length_extra._fetch_instances()



    class ArraySize(KaitaiStruct):
        """Clause 12.1."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ArraySize, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.size_minus_1 = MiscBitstream.Varint(self._io, self, self._root)


        def _fetch_instances(self):
            pass
            self.size_minus_1._fetch_instances()


    class CodedString(KaitaiStruct):
        """Clause 12.10."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.CodedString, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.entropy_coder = self._io.read_bits_int_be(5)
            self.dimensions = self._io.read_bits_int_be(3)
            if not self.dimensions <= 4:
                raise kaitaistruct.ValidationGreaterThanError(4, self.dimensions, self._io, u"/types/coded_string/seq/1")
            self.size = []
            for i in range(self.dimensions):
                self.size.append(MiscBitstream.ArraySize(self._io, self, self._root))

            self.string = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            for i in range(len(self.size)):
                pass
                self.size[i]._fetch_instances()



    class Codes(KaitaiStruct):
        """Clauses 12.2 to 12.7."""
        def __init__(self, has_table, _io, _parent=None, _root=None):
            super(MiscBitstream.Codes, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.has_table = has_table
            self._read()

        def _read(self):
            self.dimensions_minus_1 = self._io.read_bits_int_be(2)
            self.has_labels = self._io.read_bits_int_be(1) != 0
            self.alphabet_exponent = self._io.read_bits_int_be(5)
            if self.alphabet_exponent == 0:
                pass
                self.alphabet_minus_2 = MiscBitstream.Varint(self._io, self, self._root)

            self.size = []
            for i in range(self.dimensions_minus_1 + 1):
                self.size.append(MiscBitstream.ArraySize(self._io, self, self._root))

            if self.has_labels:
                pass
                self.labels = []
                for i in range((self.alphabet_minus_2.value + 2 if self.alphabet_exponent == 0 else 1 << self.alphabet_exponent)):
                    self.labels.append(MiscBitstream.String(self._io, self, self._root))


            if self.has_table:
                pass
                self.table_digest = self._io.read_u8be()

            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            if self.alphabet_exponent == 0:
                pass
                self.alphabet_minus_2._fetch_instances()

            for i in range(len(self.size)):
                pass
                self.size[i]._fetch_instances()

            if self.has_labels:
                pass
                for i in range(len(self.labels)):
                    pass
                    self.labels[i]._fetch_instances()


            if self.has_table:
                pass



    class Codestream(KaitaiStruct):
        """Clause 11.2."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Codestream, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.reduction_minus_1 = self._io.read_bits_int_be(2)
            if not self.reduction_minus_1 <= 2:
                raise kaitaistruct.ValidationGreaterThanError(2, self.reduction_minus_1, self._io, u"/types/codestream/seq/0")
            self.template = self._io.read_bits_int_be(6)
            if not self.template <= 28:
                raise kaitaistruct.ValidationGreaterThanError(28, self.template, self._io, u"/types/codestream/seq/1")
            self.stored = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class Component(KaitaiStruct):
        """Clause 4.3, and the declared fields of the payload. A part of an image has such a frame as well."""
        def __init__(self, kind, last, _io, _parent=None, _root=None):
            super(MiscBitstream.Component, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.kind = kind
            self.last = last
            self._read()

        def _read(self):
            self.method = self._io.read_bits_int_be(4)
            if self.self_declared:
                pass
                self.has_check = self._io.read_bits_int_be(1) != 0

            if self.self_declared:
                pass
                self.declared_length = self._io.read_bits_int_be(11)

            if  (((not (self.self_declared))) and ((not (self.last)))) :
                pass
                self.length = self._io.read_bits_int_be(12)

            if  (((not (self.self_declared))) and (self.last)) :
                pass
                self.reserved = self._io.read_bits_int_be(4)
                if not self.reserved == 0:
                    raise kaitaistruct.ValidationNotEqualError(0, self.reserved, self._io, u"/types/component/seq/4")

            if  ((self.self_declared) and (self.declared_length == 2047)) :
                pass
                self.declared_length_extra = MiscBitstream.Varint(self._io, self, self._root)

            if  (((not (self.self_declared))) and ((not (self.last))) and (self.length == 4095)) :
                pass
                self.length_extra = MiscBitstream.Varint(self._io, self, self._root)

            if  ((self.self_declared) and (self.has_check)) :
                pass
                self.check = self._io.read_u2be()

            _on = self.kind * 16 + self.method
            if _on == 16:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.PackedOrRunLengths(_io__raw_payload, self, self._root)
            elif _on == 17:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.PackedOrRunLengths(_io__raw_payload, self, self._root)
            elif _on == 18:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Regions(_io__raw_payload, self, self._root)
            elif _on == 3:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.OwnModel(_io__raw_payload, self, self._root)
            elif _on == 32:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Generation(_io__raw_payload, self, self._root)
            elif _on == 48:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Grid(_io__raw_payload, self, self._root)
            elif _on == 49:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Latents(_io__raw_payload, self, self._root)
            elif _on == 50:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Strings(_io__raw_payload, self, self._root)
            elif _on == 51:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Codestream(_io__raw_payload, self, self._root)
            elif _on == 52:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Parts(_io__raw_payload, self, self._root)
            elif _on == 53:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Codes(False, _io__raw_payload, self, self._root)
            elif _on == 54:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Codes(True, _io__raw_payload, self, self._root)
            elif _on == 55:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Codes(False, _io__raw_payload, self, self._root)
            elif _on == 56:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Codes(False, _io__raw_payload, self, self._root)
            elif _on == 57:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Codes(False, _io__raw_payload, self, self._root)
            elif _on == 58:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Sets(_io__raw_payload, self, self._root)
            elif _on == 59:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Integers(_io__raw_payload, self, self._root)
            elif _on == 60:
                pass
                self._raw_payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.CodedString(_io__raw_payload, self, self._root)
            else:
                pass
                self.payload = self._io.read_bytes(((2047 + self.declared_length_extra.value if self.declared_length == 2047 else self.declared_length) if self.self_declared else (self._io.size() - self._io.pos() if self.last else (4095 + self.length_extra.value if self.length == 4095 else self.length))))


        def _fetch_instances(self):
            pass
            if self.self_declared:
                pass

            if self.self_declared:
                pass

            if  (((not (self.self_declared))) and ((not (self.last)))) :
                pass

            if  (((not (self.self_declared))) and (self.last)) :
                pass

            if  ((self.self_declared) and (self.declared_length == 2047)) :
                pass
                self.declared_length_extra._fetch_instances()

            if  (((not (self.self_declared))) and ((not (self.last))) and (self.length == 4095)) :
                pass
                self.length_extra._fetch_instances()

            if  ((self.self_declared) and (self.has_check)) :
                pass

            _on = self.kind * 16 + self.method
            if _on == 16:
                pass
                self.payload._fetch_instances()
            elif _on == 17:
                pass
                self.payload._fetch_instances()
            elif _on == 18:
                pass
                self.payload._fetch_instances()
            elif _on == 3:
                pass
                self.payload._fetch_instances()
            elif _on == 32:
                pass
                self.payload._fetch_instances()
            elif _on == 48:
                pass
                self.payload._fetch_instances()
            elif _on == 49:
                pass
                self.payload._fetch_instances()
            elif _on == 50:
                pass
                self.payload._fetch_instances()
            elif _on == 51:
                pass
                self.payload._fetch_instances()
            elif _on == 52:
                pass
                self.payload._fetch_instances()
            elif _on == 53:
                pass
                self.payload._fetch_instances()
            elif _on == 54:
                pass
                self.payload._fetch_instances()
            elif _on == 55:
                pass
                self.payload._fetch_instances()
            elif _on == 56:
                pass
                self.payload._fetch_instances()
            elif _on == 57:
                pass
                self.payload._fetch_instances()
            elif _on == 58:
                pass
                self.payload._fetch_instances()
            elif _on == 59:
                pass
                self.payload._fetch_instances()
            elif _on == 60:
                pass
                self.payload._fetch_instances()
            else:
                pass

        @property
        def self_declared(self):
            """Whether only its codec can tell that the payload is whole."""
            if hasattr(self, '_m_self_declared'):
                return self._m_self_declared

            self._m_self_declared =  ((self.method == 15) or ( ((self.kind == 3) and ( ((self.method == 2) or (self.method == 3) or (self.method == 12)) )) )) 
            return getattr(self, '_m_self_declared', None)


    class Frames(KaitaiStruct):
        def __init__(self, count, _io, _parent=None, _root=None):
            super(MiscBitstream.Frames, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.count = count
            self._read()

        def _read(self):
            self.region = []
            for i in range(self.count):
                self.region.append(MiscBitstream.RegionFrame(i < self.count - 1, self._io, self, self._root))

            if self.count % 2 == 1:
                pass
                self.reserved = self._io.read_bits_int_be(4)
                if not self.reserved == 0:
                    raise kaitaistruct.ValidationNotEqualError(0, self.reserved, self._io, u"/types/frames/seq/1")



        def _fetch_instances(self):
            pass
            for i in range(len(self.region)):
                pass
                self.region[i]._fetch_instances()

            if self.count % 2 == 1:
                pass



    class Generation(KaitaiStruct):
        """Clause 13."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Generation, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.has_model = self._io.read_bits_int_be(1) != 0
            self.has_seed = self._io.read_bits_int_be(1) != 0
            self.has_sampler = self._io.read_bits_int_be(1) != 0
            self.has_steps = self._io.read_bits_int_be(1) != 0
            self.has_strength = self._io.read_bits_int_be(1) != 0
            self.has_guidance = self._io.read_bits_int_be(1) != 0
            self.has_prompt_suffix = self._io.read_bits_int_be(1) != 0
            self.has_more = self._io.read_bits_int_be(1) != 0
            if self.has_more:
                pass
                self.has_level = self._io.read_bits_int_be(1) != 0

            if self.has_more:
                pass
                self.has_settings = self._io.read_bits_int_be(1) != 0

            if self.has_more:
                pass
                self.has_seed_high = self._io.read_bits_int_be(1) != 0

            if self.has_more:
                pass
                self.reserved = self._io.read_bits_int_be(5)
                if not self.reserved == 0:
                    raise kaitaistruct.ValidationNotEqualError(0, self.reserved, self._io, u"/types/generation/seq/11")

            if self.has_model:
                pass
                self.model = MiscBitstream.Varint(self._io, self, self._root)

            if  ((self.has_model) and (self.model.value == 0)) :
                pass
                self.model_digest = self._io.read_u8be()

            if self.has_seed:
                pass
                self.seed = MiscBitstream.Varint(self._io, self, self._root)

            if self.has_sampler:
                pass
                self.sampler = MiscBitstream.Varint(self._io, self, self._root)

            if self.has_steps:
                pass
                self.steps = MiscBitstream.Varint(self._io, self, self._root)

            if self.has_strength:
                pass
                self.strength = self._io.read_u1()
                if not self.strength <= 100:
                    raise kaitaistruct.ValidationGreaterThanError(100, self.strength, self._io, u"/types/generation/seq/17")

            if self.has_guidance:
                pass
                self.guidance = MiscBitstream.Varint(self._io, self, self._root)

            if self.has_prompt_suffix:
                pass
                self.prompt_suffix = MiscBitstream.String(self._io, self, self._root)

            if  ((self.has_more) and (self.has_level)) :
                pass
                self.level = MiscBitstream.Varint(self._io, self, self._root)

            if  ((self.has_more) and (self.has_settings)) :
                pass
                self.settings = self._io.read_u8be()

            if  ((self.has_more) and (self.has_seed_high)) :
                pass
                self.seed_high = MiscBitstream.Varint(self._io, self, self._root)



        def _fetch_instances(self):
            pass
            if self.has_more:
                pass

            if self.has_more:
                pass

            if self.has_more:
                pass

            if self.has_more:
                pass

            if self.has_model:
                pass
                self.model._fetch_instances()

            if  ((self.has_model) and (self.model.value == 0)) :
                pass

            if self.has_seed:
                pass
                self.seed._fetch_instances()

            if self.has_sampler:
                pass
                self.sampler._fetch_instances()

            if self.has_steps:
                pass
                self.steps._fetch_instances()

            if self.has_strength:
                pass

            if self.has_guidance:
                pass
                self.guidance._fetch_instances()

            if self.has_prompt_suffix:
                pass
                self.prompt_suffix._fetch_instances()

            if  ((self.has_more) and (self.has_level)) :
                pass
                self.level._fetch_instances()

            if  ((self.has_more) and (self.has_settings)) :
                pass

            if  ((self.has_more) and (self.has_seed_high)) :
                pass
                self.seed_high._fetch_instances()



    class Grid(KaitaiStruct):
        """Clause 8.1."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Grid, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.layout = self._io.read_bits_int_be(1) != 0
            self.colour = self._io.read_bits_int_be(2)
            if not self.colour <= 1:
                raise kaitaistruct.ValidationGreaterThanError(1, self.colour, self._io, u"/types/grid/seq/1")
            self.depth_minus_1 = self._io.read_bits_int_be(3)
            self.reserved = self._io.read_bits_int_be(2)
            if not self.reserved == 0:
                raise kaitaistruct.ValidationNotEqualError(0, self.reserved, self._io, u"/types/grid/seq/3")
            if (not (self.layout)):
                pass
                self.grid_width_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            if (not (self.layout)):
                pass
                self.grid_height_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            if self.layout:
                pass
                self.block_size_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            if (not (self.layout)):
                pass
                self.grid_width_minus_1._fetch_instances()

            if (not (self.layout)):
                pass
                self.grid_height_minus_1._fetch_instances()

            if self.layout:
                pass
                self.block_size_minus_1._fetch_instances()



    class Header(KaitaiStruct):
        """Clause 4.2."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Header, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.signature = self._io.read_bytes(3)
            if not self.signature == b"\xCD\x53\x43":
                raise kaitaistruct.ValidationNotEqualError(b"\xCD\x53\x43", self.signature, self._io, u"/types/header/seq/0")
            self.version_major = self._io.read_bits_int_be(3)
            if not self.version_major == 0:
                raise kaitaistruct.ValidationNotEqualError(0, self.version_major, self._io, u"/types/header/seq/1")
            self.version_minor = self._io.read_bits_int_be(3)
            if not self.version_minor == 2:
                raise kaitaistruct.ValidationNotEqualError(2, self.version_minor, self._io, u"/types/header/seq/2")
            self.profile = self._io.read_bits_int_be(4)
            _ = self.profile
            if not _ != 14:
                raise kaitaistruct.ValidationExprError(self.profile, self._io, u"/types/header/seq/3")
            self.has_text = self._io.read_bits_int_be(1) != 0
            self.has_maps = self._io.read_bits_int_be(1) != 0
            self.has_generation = self._io.read_bits_int_be(1) != 0
            self.has_image = self._io.read_bits_int_be(1) != 0
            self.has_ancillary = self._io.read_bits_int_be(1) != 0
            self.wide_size = self._io.read_bits_int_be(1) != 0
            if (not (self.wide_size)):
                pass
                self.narrow_width_minus_1 = self._io.read_bits_int_be(12)

            if (not (self.wide_size)):
                pass
                self.narrow_height_minus_1 = self._io.read_bits_int_be(12)

            if self.wide_size:
                pass
                self.wide_width_minus_1 = self._io.read_bits_int_be(16)
                if not self.wide_width_minus_1 <= 65534:
                    raise kaitaistruct.ValidationGreaterThanError(65534, self.wide_width_minus_1, self._io, u"/types/header/seq/12")

            if self.wide_size:
                pass
                self.wide_height_minus_1 = self._io.read_bits_int_be(16)
                if not self.wide_height_minus_1 <= 65534:
                    raise kaitaistruct.ValidationGreaterThanError(65534, self.wide_height_minus_1, self._io, u"/types/header/seq/13")



        def _fetch_instances(self):
            pass
            if (not (self.wide_size)):
                pass

            if (not (self.wide_size)):
                pass

            if self.wide_size:
                pass

            if self.wide_size:
                pass


        @property
        def height(self):
            if hasattr(self, '_m_height'):
                return self._m_height

            self._m_height = (self.wide_height_minus_1 if self.wide_size else self.narrow_height_minus_1) + 1
            return getattr(self, '_m_height', None)

        @property
        def last_kind(self):
            """The last core component that is present."""
            if hasattr(self, '_m_last_kind'):
                return self._m_last_kind

            self._m_last_kind = (3 if self.has_image else (2 if self.has_generation else (1 if self.has_maps else 0)))
            return getattr(self, '_m_last_kind', None)

        @property
        def width(self):
            if hasattr(self, '_m_width'):
                return self._m_width

            self._m_width = (self.wide_width_minus_1 if self.wide_size else self.narrow_width_minus_1) + 1
            return getattr(self, '_m_width', None)


    class Integers(KaitaiStruct):
        """Clause 12.9."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Integers, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.dimensions_minus_1 = self._io.read_bits_int_be(2)
            self.has_scale = self._io.read_bits_int_be(1) != 0
            self.reserved = self._io.read_bits_int_be(5)
            if not self.reserved == 0:
                raise kaitaistruct.ValidationNotEqualError(0, self.reserved, self._io, u"/types/integers/seq/2")
            self.size = []
            for i in range(self.dimensions_minus_1 + 1):
                self.size.append(MiscBitstream.ArraySize(self._io, self, self._root))

            if self.has_scale:
                pass
                self.step_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            if self.has_scale:
                pass
                self.offset_code = MiscBitstream.Varint(self._io, self, self._root)

            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            for i in range(len(self.size)):
                pass
                self.size[i]._fetch_instances()

            if self.has_scale:
                pass
                self.step_minus_1._fetch_instances()

            if self.has_scale:
                pass
                self.offset_code._fetch_instances()



    class Latents(KaitaiStruct):
        """Clause 9.2."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Latents, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.grey_picture = self._io.read_bits_int_be(1) != 0
            self.quality = self._io.read_bits_int_be(7)
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class MapSize(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapSize, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.width_minus_1 = MiscBitstream.Varint(self._io, self, self._root)
            self.height_minus_1 = MiscBitstream.Varint(self._io, self, self._root)


        def _fetch_instances(self):
            pass
            self.width_minus_1._fetch_instances()
            self.height_minus_1._fetch_instances()


    class MapsHeader(KaitaiStruct):
        """Clause 7.1."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapsHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.map_count_minus_1 = self._io.read_bits_int_be(4)
            self.size_code = self._io.read_bits_int_be(4)
            _ = self.size_code
            if not  ((_ <= 11) or (_ >= 14)) :
                raise kaitaistruct.ValidationExprError(self.size_code, self._io, u"/types/maps_header/seq/1")
            if self.size_code == 14:
                pass
                self.one_size = MiscBitstream.MapSize(self._io, self, self._root)

            if self.size_code == 15:
                pass
                self.size = []
                for i in range(self.map_count_minus_1 + 1):
                    self.size.append(MiscBitstream.MapSize(self._io, self, self._root))




        def _fetch_instances(self):
            pass
            if self.size_code == 14:
                pass
                self.one_size._fetch_instances()

            if self.size_code == 15:
                pass
                for i in range(len(self.size)):
                    pass
                    self.size[i]._fetch_instances()




    class OwnModel(KaitaiStruct):
        """Clause 6.10."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.OwnModel, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.model_digest = self._io.read_u8be()
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class PackedOrRunLengths(KaitaiStruct):
        """Clauses 7.2 and 7.3."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.PackedOrRunLengths, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.header = MiscBitstream.MapsHeader(self._io, self, self._root)
            self.codes = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.header._fetch_instances()


    class Part(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Part, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.role = self._io.read_bits_int_be(5)
            _ = self.role
            if not  ((_ <= 15) or (_ == 31)) :
                raise kaitaistruct.ValidationExprError(self.role, self._io, u"/types/part/seq/0")
            self.has_name = self._io.read_bits_int_be(1) != 0
            self.last_part = self._io.read_bits_int_be(1) != 0
            self.part_reserved = self._io.read_bits_int_be(1) != 0
            if not self.part_reserved == False:
                raise kaitaistruct.ValidationNotEqualError(False, self.part_reserved, self._io, u"/types/part/seq/3")
            if self.has_name:
                pass
                self.name = MiscBitstream.String(self._io, self, self._root)

            self.component = MiscBitstream.Component(3, self.last_part, self._io, self, self._root)


        def _fetch_instances(self):
            pass
            if self.has_name:
                pass
                self.name._fetch_instances()

            self.component._fetch_instances()


    class Parts(KaitaiStruct):
        """Clause 4.8."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Parts, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.part = []
            i = 0
            while True:
                _ = MiscBitstream.Part(self._io, self, self._root)
                self.part.append(_)
                if _.last_part:
                    break
                i += 1


        def _fetch_instances(self):
            pass
            for i in range(len(self.part)):
                pass
                self.part[i]._fetch_instances()



    class RegionFrame(KaitaiStruct):
        """Frames lie next to each other bit by bit, so that the varint of the length is spelled out."""
        def __init__(self, has_length, _io, _parent=None, _root=None):
            super(MiscBitstream.RegionFrame, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.has_length = has_length
            self._read()

        def _read(self):
            self.template = self._io.read_bits_int_be(2)
            self.typical_prediction = self._io.read_bits_int_be(1) != 0
            self.end_marker = self._io.read_bits_int_be(1) != 0
            if self.has_length:
                pass
                self.more_0 = self._io.read_bits_int_be(1) != 0

            if self.has_length:
                pass
                self.group_0 = self._io.read_bits_int_be(7)

            if  ((self.has_length) and (self.more_0)) :
                pass
                self.more_1 = self._io.read_bits_int_be(1) != 0

            if  ((self.has_length) and (self.more_0)) :
                pass
                self.group_1 = self._io.read_bits_int_be(7)

            if  ((self.has_length) and (self.more_0) and (self.more_1)) :
                pass
                self.more_2 = self._io.read_bits_int_be(1) != 0

            if  ((self.has_length) and (self.more_0) and (self.more_1)) :
                pass
                self.group_2 = self._io.read_bits_int_be(7)



        def _fetch_instances(self):
            pass
            if self.has_length:
                pass

            if self.has_length:
                pass

            if  ((self.has_length) and (self.more_0)) :
                pass

            if  ((self.has_length) and (self.more_0)) :
                pass

            if  ((self.has_length) and (self.more_0) and (self.more_1)) :
                pass

            if  ((self.has_length) and (self.more_0) and (self.more_1)) :
                pass


        @property
        def length(self):
            if hasattr(self, '_m_length'):
                return self._m_length

            if self.has_length:
                pass
                self._m_length = self.group_0 + (self.group_1 * 128 + (self.group_2 * 16384 if self.more_1 else 0) if self.more_0 else 0)

            return getattr(self, '_m_length', None)


    class Regions(KaitaiStruct):
        """Clause 7.4.1."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Regions, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.header = MiscBitstream.MapsHeader(self._io, self, self._root)
            self.frames = MiscBitstream.Frames(self.header.map_count_minus_1 + 1, self._io, self, self._root)
            self.data = []
            for i in range(self.header.map_count_minus_1 + 1):
                self.data.append(self._io.read_bytes((self.frames.region[i].length if self.frames.region[i].has_length else self._io.size() - self._io.pos())))



        def _fetch_instances(self):
            pass
            self.header._fetch_instances()
            self.frames._fetch_instances()
            for i in range(len(self.data)):
                pass



    class Sets(KaitaiStruct):
        """Clause 12.8."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Sets, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.dimensions_minus_1 = self._io.read_bits_int_be(2)
            self.reserved = self._io.read_bits_int_be(1) != 0
            if not self.reserved == False:
                raise kaitaistruct.ValidationNotEqualError(False, self.reserved, self._io, u"/types/sets/seq/1")
            self.alphabet_exponent = self._io.read_bits_int_be(5)
            if self.alphabet_exponent == 0:
                pass
                self.alphabet_minus_2 = MiscBitstream.Varint(self._io, self, self._root)

            self.size = []
            for i in range(self.dimensions_minus_1 + 1):
                self.size.append(MiscBitstream.ArraySize(self._io, self, self._root))

            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            if self.alphabet_exponent == 0:
                pass
                self.alphabet_minus_2._fetch_instances()

            for i in range(len(self.size)):
                pass
                self.size[i]._fetch_instances()



    class String(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.String, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.length = MiscBitstream.Varint(self._io, self, self._root)
            self.value = (self._io.read_bytes(self.length.value)).decode(u"UTF-8")


        def _fetch_instances(self):
            pass
            self.length._fetch_instances()


    class Strings(KaitaiStruct):
        """Clause 10.1."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Strings, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.architecture = self._io.read_bits_int_be(4)
            _ = self.architecture
            if not  (( ((_ >= 1) and (_ <= 6)) ) or (_ >= 14)) :
                raise kaitaistruct.ValidationExprError(self.architecture, self._io, u"/types/strings/seq/0")
            self.metric = self._io.read_bits_int_be(1) != 0
            self.quality_minus_1 = self._io.read_bits_int_be(3)
            self.own_weights = self._io.read_bits_int_be(1) != 0
            self.explicit_shape = self._io.read_bits_int_be(1) != 0
            if self.one_string:
                pass
                self.reserved = self._io.read_bits_int_be(6)
                if not self.reserved == 0:
                    raise kaitaistruct.ValidationNotEqualError(0, self.reserved, self._io, u"/types/strings/seq/5")

            if (not (self.one_string)):
                pass
                self.z_length = self._io.read_bits_int_be(6)

            if  (((not (self.one_string))) and (self.z_length == 63)) :
                pass
                self.z_length_extra = MiscBitstream.Varint(self._io, self, self._root)

            if self.own_weights:
                pass
                self.weights_digest = self._io.read_u8be()

            if self.explicit_shape:
                pass
                self.rows_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            if self.explicit_shape:
                pass
                self.columns_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            if (not (self.one_string)):
                pass
                self.z = self._io.read_bytes((63 + self.z_length_extra.value if self.z_length == 63 else self.z_length))

            self.y = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            if self.one_string:
                pass

            if (not (self.one_string)):
                pass

            if  (((not (self.one_string))) and (self.z_length == 63)) :
                pass
                self.z_length_extra._fetch_instances()

            if self.own_weights:
                pass

            if self.explicit_shape:
                pass
                self.rows_minus_1._fetch_instances()

            if self.explicit_shape:
                pass
                self.columns_minus_1._fetch_instances()

            if (not (self.one_string)):
                pass


        @property
        def one_string(self):
            if hasattr(self, '_m_one_string'):
                return self._m_one_string

            self._m_one_string =  ((self.architecture == 1) or (self.architecture == 14)) 
            return getattr(self, '_m_one_string', None)


    class Varint(KaitaiStruct):
        """Clause 3.3."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Varint, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.groups = []
            i = 0
            while True:
                _ = MiscBitstream.Varint.Group(self._io, self, self._root)
                self.groups.append(_)
                if (not (_.more)):
                    break
                i += 1


        def _fetch_instances(self):
            pass
            for i in range(len(self.groups)):
                pass
                self.groups[i]._fetch_instances()


        class Group(KaitaiStruct):
            def __init__(self, _io, _parent=None, _root=None):
                super(MiscBitstream.Varint.Group, self).__init__(_io)
                self._parent = _parent
                self._root = _root
                self._read()

            def _read(self):
                self.more = self._io.read_bits_int_be(1) != 0
                self.value = self._io.read_bits_int_be(7)


            def _fetch_instances(self):
                pass


        @property
        def value(self):
            if hasattr(self, '_m_value'):
                return self._m_value

            self._m_value = (((self.groups[0].value + (self.groups[1].value * 128 if len(self.groups) > 1 else 0)) + (self.groups[2].value * 16384 if len(self.groups) > 2 else 0)) + (self.groups[3].value * 2097152 if len(self.groups) > 3 else 0)) + (self.groups[4].value * 268435456 if len(self.groups) > 4 else 0)
            return getattr(self, '_m_value', None)



