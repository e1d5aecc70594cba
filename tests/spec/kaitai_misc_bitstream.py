# Made from misc_bitstream.ksy, SHA-256 8c31b2320b969b43d0782dfc8b761683c988c4205077b8122fca7d92204e3716
# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class MiscBitstream(KaitaiStruct):
    """MISC bitstream, version 0.2: all declared fields; codewords are bytes."""
    def __init__(self, _io, _parent=None, _root=None):
        super(MiscBitstream, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self._read()

    def _read(self):
        self.header = MiscBitstream.Header(self._io, self, self._root)
        if self.header.has_text:
            pass
            self.text = MiscBitstream.Component(0, (not ( ((self.header.has_maps) or (self.header.has_generation) or (self.header.has_image) or (self.header.has_ancillary)) )), self._io, self, self._root)

        if self.header.has_maps:
            pass
            self.maps = MiscBitstream.Component(1, (not ( ((self.header.has_generation) or (self.header.has_image) or (self.header.has_ancillary)) )), self._io, self, self._root)

        if self.header.has_generation:
            pass
            self.generation = MiscBitstream.Component(2, (not ( ((self.header.has_image) or (self.header.has_ancillary)) )), self._io, self, self._root)

        if self.header.has_image:
            pass
            self.image = MiscBitstream.Component(3, (not (self.header.has_ancillary)), self._io, self, self._root)

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
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Ancillary, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.frame = MiscBitstream.AncillaryFrame(self._io, self, self._root)
            _ = self.frame
            if not _.type >= 6:
                raise kaitaistruct.ValidationExprError(self.frame, self._io, u"/types/ancillary/seq/0")
            self.payload = self._io.read_bytes(self.frame.length + (self.frame.length_extra.value if self.frame.length == 4095 else 0))


        def _fetch_instances(self):
            pass
            self.frame._fetch_instances()


    class AncillaryFrame(KaitaiStruct):
        """Frame of an ancillary component (clause 4.4)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.AncillaryFrame, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.type = self._io.read_bits_int_be(4)
            self.length = self._io.read_bits_int_be(12)
            if self.length == 4095:
                pass
                self.length_extra = MiscBitstream.Varint(self._io, self, self._root)



        def _fetch_instances(self):
            pass
            if self.length == 4095:
                pass
                self.length_extra._fetch_instances()



    class ArraySize(KaitaiStruct):
        """Size of a dimension of an array (clause 12.1)."""
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


    class CodeLabel(KaitaiStruct):
        """Label of a code (clause 12.2)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.CodeLabel, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.label = MiscBitstream.String(self._io, self, self._root)


        def _fetch_instances(self):
            pass
            self.label._fetch_instances()


    class CodeTable(KaitaiStruct):
        """Table of a static code (clause 12.4)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.CodeTable, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.table_digest = self._io.read_u8be()


        def _fetch_instances(self):
            pass


    class CodesHeader(KaitaiStruct):
        """Codes (clause 12.2)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.CodesHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
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



        def _fetch_instances(self):
            pass
            if self.alphabet_exponent == 0:
                pass
                self.alphabet_minus_2._fetch_instances()

            for i in range(len(self.size)):
                pass
                self.size[i]._fetch_instances()



    class CodestreamHeader(KaitaiStruct):
        """Codestream (clause 11.2)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.CodestreamHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.reduction_minus_1 = self._io.read_bits_int_be(2)
            _ = self.reduction_minus_1
            if not _ <= 2:
                raise kaitaistruct.ValidationExprError(self.reduction_minus_1, self._io, u"/types/codestream_header/seq/0")
            self.template = self._io.read_bits_int_be(6)
            _ = self.template
            if not _ <= 28:
                raise kaitaistruct.ValidationExprError(self.template, self._io, u"/types/codestream_header/seq/1")


        def _fetch_instances(self):
            pass


    class Component(KaitaiStruct):
        """A core component, or a part of an image: its frame and its payload."""
        def __init__(self, kind, is_last, _io, _parent=None, _root=None):
            super(MiscBitstream.Component, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.kind = kind
            self.is_last = is_last
            self._read()

        def _read(self):
            self.frame = MiscBitstream.ComponentFrame(self.kind, self.is_last, self._io, self, self._root)
            _on = self.kind << 4 | self.frame.method
            if _on == 0:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.TextRaw(_io__raw_payload, self, self._root)
            elif _on == 1:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.TextHuffman(_io__raw_payload, self, self._root)
            elif _on == 15:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.TextPrivate(_io__raw_payload, self, self._root)
            elif _on == 16:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.MapsPacked(_io__raw_payload, self, self._root)
            elif _on == 17:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.MapsRunlength(_io__raw_payload, self, self._root)
            elif _on == 18:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.MapsJbig2(_io__raw_payload, self, self._root)
            elif _on == 19:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.MapsContext(_io__raw_payload, self, self._root)
            elif _on == 2:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.TextLanguage(_io__raw_payload, self, self._root)
            elif _on == 20:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.MapsRagged(_io__raw_payload, self, self._root)
            elif _on == 3:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.TextLanguageOwn(_io__raw_payload, self, self._root)
            elif _on == 31:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.MapsPrivate(_io__raw_payload, self, self._root)
            elif _on == 32:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.GenerationPlain(_io__raw_payload, self, self._root)
            elif _on == 47:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.GenerationPrivate(_io__raw_payload, self, self._root)
            elif _on == 48:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageGrid(_io__raw_payload, self, self._root)
            elif _on == 49:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageLatents(_io__raw_payload, self, self._root)
            elif _on == 50:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageCompressai(_io__raw_payload, self, self._root)
            elif _on == 51:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageCodestream(_io__raw_payload, self, self._root)
            elif _on == 52:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.Parts(_io__raw_payload, self, self._root)
            elif _on == 53:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageCodesUniform(_io__raw_payload, self, self._root)
            elif _on == 54:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageCodesStatic(_io__raw_payload, self, self._root)
            elif _on == 55:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageCodesAdaptive(_io__raw_payload, self, self._root)
            elif _on == 56:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageCodesContext(_io__raw_payload, self, self._root)
            elif _on == 57:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageCodesGraded(_io__raw_payload, self, self._root)
            elif _on == 58:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageSets(_io__raw_payload, self, self._root)
            elif _on == 59:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageIntegers(_io__raw_payload, self, self._root)
            elif _on == 60:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImageString(_io__raw_payload, self, self._root)
            elif _on == 63:
                pass
                self._raw_payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))
                _io__raw_payload = KaitaiStream(BytesIO(self._raw_payload))
                self.payload = MiscBitstream.ImagePrivate(_io__raw_payload, self, self._root)
            else:
                pass
                self.payload = self._io.read_bytes(((self.frame.declared_length if self.frame.form == 2 else 0) + (self.frame.declared_length_extra.value if  ((self.frame.form == 2) and (self.frame.declared_length == 2047))  else 0) if self.frame.form == 2 else ((self.frame.length if self.frame.form == 1 else 0) + (self.frame.length_extra.value if  ((self.frame.form == 1) and (self.frame.length == 4095))  else 0) if self.frame.form == 1 else self._io.size() - self._io.pos())))


        def _fetch_instances(self):
            pass
            self.frame._fetch_instances()
            _on = self.kind << 4 | self.frame.method
            if _on == 0:
                pass
                self.payload._fetch_instances()
            elif _on == 1:
                pass
                self.payload._fetch_instances()
            elif _on == 15:
                pass
                self.payload._fetch_instances()
            elif _on == 16:
                pass
                self.payload._fetch_instances()
            elif _on == 17:
                pass
                self.payload._fetch_instances()
            elif _on == 18:
                pass
                self.payload._fetch_instances()
            elif _on == 19:
                pass
                self.payload._fetch_instances()
            elif _on == 2:
                pass
                self.payload._fetch_instances()
            elif _on == 20:
                pass
                self.payload._fetch_instances()
            elif _on == 3:
                pass
                self.payload._fetch_instances()
            elif _on == 31:
                pass
                self.payload._fetch_instances()
            elif _on == 32:
                pass
                self.payload._fetch_instances()
            elif _on == 47:
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
            elif _on == 63:
                pass
                self.payload._fetch_instances()
            else:
                pass


    class ComponentFrame(KaitaiStruct):
        """Frame of a core component or of a part (clause 4.3)."""
        def __init__(self, kind, is_last, _io, _parent=None, _root=None):
            super(MiscBitstream.ComponentFrame, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.kind = kind
            self.is_last = is_last
            self._read()

        def _read(self):
            self.method = self._io.read_bits_int_be(4)
            if self.form == 1:
                pass
                self.length = self._io.read_bits_int_be(12)

            if  ((self.form == 1) and (self.length == 4095)) :
                pass
                self.length_extra = MiscBitstream.Varint(self._io, self, self._root)

            if self.form == 0:
                pass
                self.reserved = self._io.read_bits_int_be(4)
                _ = self.reserved
                if not _ == 0:
                    raise kaitaistruct.ValidationExprError(self.reserved, self._io, u"/types/component_frame/seq/3")

            if self.form == 2:
                pass
                self.has_check = self._io.read_bits_int_be(1) != 0

            if self.form == 2:
                pass
                self.declared_length = self._io.read_bits_int_be(11)

            if  ((self.form == 2) and (self.declared_length == 2047)) :
                pass
                self.declared_length_extra = MiscBitstream.Varint(self._io, self, self._root)

            if  ((self.form == 2) and (self.has_check)) :
                pass
                self.check = self._io.read_u2be()



        def _fetch_instances(self):
            pass
            if self.form == 1:
                pass

            if  ((self.form == 1) and (self.length == 4095)) :
                pass
                self.length_extra._fetch_instances()

            if self.form == 0:
                pass

            if self.form == 2:
                pass

            if self.form == 2:
                pass

            if  ((self.form == 2) and (self.declared_length == 2047)) :
                pass
                self.declared_length_extra._fetch_instances()

            if  ((self.form == 2) and (self.has_check)) :
                pass


        @property
        def form(self):
            """the first field of a frame, `method`, and the place of the frame tell its form, which is the parameter `form`: self_declared if the method is self_declared; otherwise last or sized."""
            if hasattr(self, '_m_form'):
                return self._m_form

            self._m_form = (2 if  ((self.method == 15) or ( ((self.kind == 3) and (self.method == 2)) ) or ( ((self.kind == 3) and (self.method == 3)) ) or ( ((self.kind == 3) and (self.method == 12)) ))  else (0 if self.is_last else 1))
            return getattr(self, '_m_form', None)


    class Generation(KaitaiStruct):
        """Generation (clause 13)."""
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
                _ = self.reserved
                if not _ == 0:
                    raise kaitaistruct.ValidationExprError(self.reserved, self._io, u"/types/generation/seq/11")

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
                _ = self.strength
                if not _ <= 100:
                    raise kaitaistruct.ValidationExprError(self.strength, self._io, u"/types/generation/seq/17")

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



    class GenerationPlain(KaitaiStruct):
        """Method plain of generation (clause 13)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.GenerationPlain, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.generation = MiscBitstream.Generation(self._io, self, self._root)


        def _fetch_instances(self):
            pass
            self.generation._fetch_instances()


    class GenerationPrivate(KaitaiStruct):
        """Method private of generation (clause 4.5)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.GenerationPrivate, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.payload = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class GridHeader(KaitaiStruct):
        """Grid (clause 8.1)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.GridHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.layout = self._io.read_bits_int_be(1) != 0
            self.colour = self._io.read_bits_int_be(2)
            _ = self.colour
            if not _ <= 1:
                raise kaitaistruct.ValidationExprError(self.colour, self._io, u"/types/grid_header/seq/1")
            self.depth_minus_1 = self._io.read_bits_int_be(3)
            self.reserved = self._io.read_bits_int_be(2)
            _ = self.reserved
            if not _ == 0:
                raise kaitaistruct.ValidationExprError(self.reserved, self._io, u"/types/grid_header/seq/3")
            if (not (self.layout)):
                pass
                self.grid_width_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            if (not (self.layout)):
                pass
                self.grid_height_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            if self.layout:
                pass
                self.block_size_minus_1 = MiscBitstream.Varint(self._io, self, self._root)



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
        """Header (clause 4.2)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Header, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.signature = self._io.read_bits_int_be(24)
            _ = self.signature
            if not _ == 13456195:
                raise kaitaistruct.ValidationExprError(self.signature, self._io, u"/types/header/seq/0")
            self.version_major = self._io.read_bits_int_be(3)
            _ = self.version_major
            if not _ == 0:
                raise kaitaistruct.ValidationExprError(self.version_major, self._io, u"/types/header/seq/1")
            self.version_minor = self._io.read_bits_int_be(3)
            _ = self.version_minor
            if not _ == 2:
                raise kaitaistruct.ValidationExprError(self.version_minor, self._io, u"/types/header/seq/2")
            self.profile = self._io.read_bits_int_be(4)
            _ = self.profile
            if not  ((_ <= 13) or (_ == 15)) :
                raise kaitaistruct.ValidationExprError(self.profile, self._io, u"/types/header/seq/3")
            self.has_text = self._io.read_bits_int_be(1) != 0
            self.has_maps = self._io.read_bits_int_be(1) != 0
            self.has_generation = self._io.read_bits_int_be(1) != 0
            self.has_image = self._io.read_bits_int_be(1) != 0
            self.has_ancillary = self._io.read_bits_int_be(1) != 0
            self.wide_size = self._io.read_bits_int_be(1) != 0
            if (not (self.wide_size)):
                pass
                self.width_minus_1_wide_size_0 = self._io.read_bits_int_be(12)

            if (not (self.wide_size)):
                pass
                self.height_minus_1_wide_size_0 = self._io.read_bits_int_be(12)

            if self.wide_size:
                pass
                self.width_minus_1_wide_size_1 = self._io.read_u2be()
                _ = self.width_minus_1_wide_size_1
                if not _ <= 65534:
                    raise kaitaistruct.ValidationExprError(self.width_minus_1_wide_size_1, self._io, u"/types/header/seq/12")

            if self.wide_size:
                pass
                self.height_minus_1_wide_size_1 = self._io.read_u2be()
                _ = self.height_minus_1_wide_size_1
                if not _ <= 65534:
                    raise kaitaistruct.ValidationExprError(self.height_minus_1_wide_size_1, self._io, u"/types/header/seq/13")



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
        def height_minus_1(self):
            if hasattr(self, '_m_height_minus_1'):
                return self._m_height_minus_1

            self._m_height_minus_1 = (self.height_minus_1_wide_size_0 if (not (self.wide_size)) else self.height_minus_1_wide_size_1)
            return getattr(self, '_m_height_minus_1', None)

        @property
        def width_minus_1(self):
            if hasattr(self, '_m_width_minus_1'):
                return self._m_width_minus_1

            self._m_width_minus_1 = (self.width_minus_1_wide_size_0 if (not (self.wide_size)) else self.width_minus_1_wide_size_1)
            return getattr(self, '_m_width_minus_1', None)


    class ImageCodesAdaptive(KaitaiStruct):
        """Method codes-adaptive of image (clause 12.5)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageCodesAdaptive, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codes_header = MiscBitstream.CodesHeader(self._io, self, self._root)
            self.labels = []
            for i in range((self.alphabet if self.codes_header.has_labels else 0)):
                self.labels.append(MiscBitstream.CodeLabel(self._io, self, self._root))

            self.codes = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.codes_header._fetch_instances()
            for i in range(len(self.labels)):
                pass
                self.labels[i]._fetch_instances()


        @property
        def alphabet(self):
            if hasattr(self, '_m_alphabet'):
                return self._m_alphabet

            self._m_alphabet = (1 << self.codes_header.alphabet_exponent if self.codes_header.alphabet_exponent != 0 else (self.codes_header.alphabet_minus_2.value if self.codes_header.alphabet_exponent == 0 else 0) + 2)
            return getattr(self, '_m_alphabet', None)


    class ImageCodesContext(KaitaiStruct):
        """Method codes-context of image (clause 12.6)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageCodesContext, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codes_header = MiscBitstream.CodesHeader(self._io, self, self._root)
            self.labels = []
            for i in range((self.alphabet if self.codes_header.has_labels else 0)):
                self.labels.append(MiscBitstream.CodeLabel(self._io, self, self._root))

            self.codes = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.codes_header._fetch_instances()
            for i in range(len(self.labels)):
                pass
                self.labels[i]._fetch_instances()


        @property
        def alphabet(self):
            if hasattr(self, '_m_alphabet'):
                return self._m_alphabet

            self._m_alphabet = (1 << self.codes_header.alphabet_exponent if self.codes_header.alphabet_exponent != 0 else (self.codes_header.alphabet_minus_2.value if self.codes_header.alphabet_exponent == 0 else 0) + 2)
            return getattr(self, '_m_alphabet', None)


    class ImageCodesGraded(KaitaiStruct):
        """Method codes-graded of image (clause 12.7)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageCodesGraded, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codes_header = MiscBitstream.CodesHeader(self._io, self, self._root)
            self.labels = []
            for i in range((self.alphabet if self.codes_header.has_labels else 0)):
                self.labels.append(MiscBitstream.CodeLabel(self._io, self, self._root))

            self.codes = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.codes_header._fetch_instances()
            for i in range(len(self.labels)):
                pass
                self.labels[i]._fetch_instances()


        @property
        def alphabet(self):
            if hasattr(self, '_m_alphabet'):
                return self._m_alphabet

            self._m_alphabet = (1 << self.codes_header.alphabet_exponent if self.codes_header.alphabet_exponent != 0 else (self.codes_header.alphabet_minus_2.value if self.codes_header.alphabet_exponent == 0 else 0) + 2)
            return getattr(self, '_m_alphabet', None)


    class ImageCodesStatic(KaitaiStruct):
        """Method codes-static of image (clause 12.4)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageCodesStatic, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codes_header = MiscBitstream.CodesHeader(self._io, self, self._root)
            self.labels = []
            for i in range((self.alphabet if self.codes_header.has_labels else 0)):
                self.labels.append(MiscBitstream.CodeLabel(self._io, self, self._root))

            self.code_table = MiscBitstream.CodeTable(self._io, self, self._root)
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.codes_header._fetch_instances()
            for i in range(len(self.labels)):
                pass
                self.labels[i]._fetch_instances()

            self.code_table._fetch_instances()

        @property
        def alphabet(self):
            if hasattr(self, '_m_alphabet'):
                return self._m_alphabet

            self._m_alphabet = (1 << self.codes_header.alphabet_exponent if self.codes_header.alphabet_exponent != 0 else (self.codes_header.alphabet_minus_2.value if self.codes_header.alphabet_exponent == 0 else 0) + 2)
            return getattr(self, '_m_alphabet', None)


    class ImageCodesUniform(KaitaiStruct):
        """Method codes-uniform of image (clause 12.3)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageCodesUniform, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codes_header = MiscBitstream.CodesHeader(self._io, self, self._root)
            self.labels = []
            for i in range((self.alphabet if self.codes_header.has_labels else 0)):
                self.labels.append(MiscBitstream.CodeLabel(self._io, self, self._root))

            self.codes = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.codes_header._fetch_instances()
            for i in range(len(self.labels)):
                pass
                self.labels[i]._fetch_instances()


        @property
        def alphabet(self):
            if hasattr(self, '_m_alphabet'):
                return self._m_alphabet

            self._m_alphabet = (1 << self.codes_header.alphabet_exponent if self.codes_header.alphabet_exponent != 0 else (self.codes_header.alphabet_minus_2.value if self.codes_header.alphabet_exponent == 0 else 0) + 2)
            return getattr(self, '_m_alphabet', None)


    class ImageCodestream(KaitaiStruct):
        """Method codestream of image (clause 11)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageCodestream, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codestream_header = MiscBitstream.CodestreamHeader(self._io, self, self._root)
            self.codestream = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.codestream_header._fetch_instances()


    class ImageCompressai(KaitaiStruct):
        """Method compressai of image (clause 10)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageCompressai, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.strings_header = MiscBitstream.StringsHeader(self._io, self, self._root)
            self.z = self._io.read_bytes(((self.strings_header.z_length if  ((self.strings_header.architecture == 2) or (self.strings_header.architecture == 3) or (self.strings_header.architecture == 4) or (self.strings_header.architecture == 5) or (self.strings_header.architecture == 6) or (self.strings_header.architecture == 15))  else 0) + (self.strings_header.z_length_extra.value if  (( ((self.strings_header.architecture == 2) or (self.strings_header.architecture == 3) or (self.strings_header.architecture == 4) or (self.strings_header.architecture == 5) or (self.strings_header.architecture == 6) or (self.strings_header.architecture == 15)) ) and (self.strings_header.z_length == 63))  else 0) if self.strings == 2 else 0))
            self.y = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.strings_header._fetch_instances()

        @property
        def strings(self):
            if hasattr(self, '_m_strings'):
                return self._m_strings

            self._m_strings = (1 if  ((self.strings_header.architecture == 1) or (self.strings_header.architecture == 14))  else (2 if  ((self.strings_header.architecture == 2) or (self.strings_header.architecture == 3) or (self.strings_header.architecture == 4) or (self.strings_header.architecture == 5) or (self.strings_header.architecture == 6) or (self.strings_header.architecture == 15))  else 0))
            return getattr(self, '_m_strings', None)


    class ImageGrid(KaitaiStruct):
        """Method grid of image (clause 8)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageGrid, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.grid_header = MiscBitstream.GridHeader(self._io, self, self._root)
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.grid_header._fetch_instances()


    class ImageIntegers(KaitaiStruct):
        """Method integers of image (clause 12.9)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageIntegers, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.integers_header = MiscBitstream.IntegersHeader(self._io, self, self._root)
            self.values = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.integers_header._fetch_instances()


    class ImageLatents(KaitaiStruct):
        """Method latents of image (clause 9)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageLatents, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.latents_header = MiscBitstream.LatentsHeader(self._io, self, self._root)
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.latents_header._fetch_instances()


    class ImagePrivate(KaitaiStruct):
        """Method private of image (clause 4.5)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImagePrivate, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.payload = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class ImageSets(KaitaiStruct):
        """Method sets of image (clause 12.8)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageSets, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.sets_header = MiscBitstream.SetsHeader(self._io, self, self._root)
            self.sets = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.sets_header._fetch_instances()


    class ImageString(KaitaiStruct):
        """Method string of image (clause 12.10)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.ImageString, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.string_header = MiscBitstream.StringHeader(self._io, self, self._root)
            self.string = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.string_header._fetch_instances()


    class IntegersHeader(KaitaiStruct):
        """Integers (clause 12.9)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.IntegersHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.dimensions_minus_1 = self._io.read_bits_int_be(2)
            self.has_scale = self._io.read_bits_int_be(1) != 0
            self.reserved = self._io.read_bits_int_be(5)
            _ = self.reserved
            if not _ == 0:
                raise kaitaistruct.ValidationExprError(self.reserved, self._io, u"/types/integers_header/seq/2")
            self.size = []
            for i in range(self.dimensions_minus_1 + 1):
                self.size.append(MiscBitstream.ArraySize(self._io, self, self._root))

            if self.has_scale:
                pass
                self.step_minus_1 = MiscBitstream.Varint(self._io, self, self._root)

            if self.has_scale:
                pass
                self.offset_code = MiscBitstream.Varint(self._io, self, self._root)



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



    class LatentsHeader(KaitaiStruct):
        """Latents (clause 9.2)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.LatentsHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.grey_picture = self._io.read_bits_int_be(1) != 0
            self.quality = self._io.read_bits_int_be(7)


        def _fetch_instances(self):
            pass


    class MapSize(KaitaiStruct):
        """Size of a map (clause 7.1)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapSize, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.width_minus_1 = MiscBitstream.Varint(self._io, self, self._root)
            _ = self.width_minus_1
            if not _.value <= 65534:
                raise kaitaistruct.ValidationExprError(self.width_minus_1, self._io, u"/types/map_size/seq/0")
            self.height_minus_1 = MiscBitstream.Varint(self._io, self, self._root)
            _ = self.height_minus_1
            if not _.value <= 65534:
                raise kaitaistruct.ValidationExprError(self.height_minus_1, self._io, u"/types/map_size/seq/1")


        def _fetch_instances(self):
            pass
            self.width_minus_1._fetch_instances()
            self.height_minus_1._fetch_instances()


    class MapsContext(KaitaiStruct):
        """Method context of maps (clause 7.5)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapsContext, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class MapsHeader(KaitaiStruct):
        """Number and sizes of maps (clause 7.1)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapsHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.map_count_minus_1 = self._io.read_bits_int_be(4)
            self.size_code = self._io.read_bits_int_be(4)
            _ = self.size_code
            if not  ((_ <= 11) or ( ((_ >= 14) and (_ <= 15)) )) :
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




    class MapsJbig2(KaitaiStruct):
        """Method jbig2 of maps (clause 7.4)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapsJbig2, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.maps_header = MiscBitstream.MapsHeader(self._io, self, self._root)
            self.region = []
            for i in range(self.number):
                self.region.append(MiscBitstream.RegionFrame(i + 1 == self.number,  ((i + 1 == self.number) and (self.odd != 0)) , self._io, self, self._root))

            self.data = []
            for i in range(len(self.region)):
                self.data.append(self._io.read_bytes((self._io.size() - self._io.pos() if self.region[i].last else self.region[i].length)))



        def _fetch_instances(self):
            pass
            self.maps_header._fetch_instances()
            for i in range(len(self.region)):
                pass
                self.region[i]._fetch_instances()

            for i in range(len(self.data)):
                pass


        @property
        def number(self):
            if hasattr(self, '_m_number'):
                return self._m_number

            self._m_number = self.maps_header.map_count_minus_1 + 1
            return getattr(self, '_m_number', None)

        @property
        def odd(self):
            if hasattr(self, '_m_odd'):
                return self._m_odd

            self._m_odd = self.number - 2 * (self.number // 2)
            return getattr(self, '_m_odd', None)


    class MapsPacked(KaitaiStruct):
        """Method packed of maps (clause 7.2)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapsPacked, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.maps_header = MiscBitstream.MapsHeader(self._io, self, self._root)
            self.pixels = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.maps_header._fetch_instances()


    class MapsPrivate(KaitaiStruct):
        """Method private of maps (clause 4.5)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapsPrivate, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.payload = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class MapsRagged(KaitaiStruct):
        """Method ragged of maps (clause 7.5)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapsRagged, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class MapsRunlength(KaitaiStruct):
        """Method runlength of maps (clause 7.3)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.MapsRunlength, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.maps_header = MiscBitstream.MapsHeader(self._io, self, self._root)
            self.runs = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.maps_header._fetch_instances()


    class OwnModel(KaitaiStruct):
        """Language model of the user's (clause 6.10)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.OwnModel, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.model_digest = self._io.read_u8be()


        def _fetch_instances(self):
            pass


    class Part(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.Part, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.part_frame = MiscBitstream.PartFrame(self._io, self, self._root)
            self.component = MiscBitstream.Component(3, self.part_frame.last_part, self._io, self, self._root)


        def _fetch_instances(self):
            pass
            self.part_frame._fetch_instances()
            self.component._fetch_instances()


    class PartFrame(KaitaiStruct):
        """Frame of a part (clause 4.8)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.PartFrame, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.role = self._io.read_bits_int_be(5)
            _ = self.role
            if not  ((_ <= 15) or (_ == 31)) :
                raise kaitaistruct.ValidationExprError(self.role, self._io, u"/types/part_frame/seq/0")
            self.has_name = self._io.read_bits_int_be(1) != 0
            self.last_part = self._io.read_bits_int_be(1) != 0
            self.part_reserved = self._io.read_bits_int_be(1) != 0
            _ = self.part_reserved
            if not _ == False:
                raise kaitaistruct.ValidationExprError(self.part_reserved, self._io, u"/types/part_frame/seq/3")
            if self.has_name:
                pass
                self.name = MiscBitstream.String(self._io, self, self._root)



        def _fetch_instances(self):
            pass
            if self.has_name:
                pass
                self.name._fetch_instances()



    class Parts(KaitaiStruct):
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
                if _.part_frame.last_part:
                    break
                i += 1


        def _fetch_instances(self):
            pass
            for i in range(len(self.part)):
                pass
                self.part[i]._fetch_instances()



    class RegionFrame(KaitaiStruct):
        """Frame of a JBIG2 region (clause 7.4.1)."""
        def __init__(self, last, half, _io, _parent=None, _root=None):
            super(MiscBitstream.RegionFrame, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.last = last
            self.half = half
            self._read()

        def _read(self):
            self.template = self._io.read_bits_int_be(2)
            self.typical_prediction = self._io.read_bits_int_be(1) != 0
            self.end_marker = self._io.read_bits_int_be(1) != 0
            if (not (self.last)):
                pass
                self.length_more_0 = self._io.read_bits_int_be(1) != 0

            if (not (self.last)):
                pass
                self.length_group_0 = self._io.read_bits_int_be(7)

            if  (((not (self.last))) and (self.length_more_0)) :
                pass
                self.length_more_1 = self._io.read_bits_int_be(1) != 0

            if  (((not (self.last))) and (self.length_more_0)) :
                pass
                self.length_group_1 = self._io.read_bits_int_be(7)

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1)) :
                pass
                self.length_more_2 = self._io.read_bits_int_be(1) != 0

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1)) :
                pass
                self.length_group_2 = self._io.read_bits_int_be(7)

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1) and (self.length_more_2)) :
                pass
                self.length_more_3 = self._io.read_bits_int_be(1) != 0

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1) and (self.length_more_2)) :
                pass
                self.length_group_3 = self._io.read_bits_int_be(7)

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1) and (self.length_more_2) and (self.length_more_3)) :
                pass
                self.length_more_4 = self._io.read_bits_int_be(1) != 0

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1) and (self.length_more_2) and (self.length_more_3)) :
                pass
                self.length_group_4 = self._io.read_bits_int_be(7)

            if self.half:
                pass
                self.reserved = self._io.read_bits_int_be(4)
                _ = self.reserved
                if not _ == 0:
                    raise kaitaistruct.ValidationExprError(self.reserved, self._io, u"/types/region_frame/seq/13")



        def _fetch_instances(self):
            pass
            if (not (self.last)):
                pass

            if (not (self.last)):
                pass

            if  (((not (self.last))) and (self.length_more_0)) :
                pass

            if  (((not (self.last))) and (self.length_more_0)) :
                pass

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1)) :
                pass

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1)) :
                pass

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1) and (self.length_more_2)) :
                pass

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1) and (self.length_more_2)) :
                pass

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1) and (self.length_more_2) and (self.length_more_3)) :
                pass

            if  (((not (self.last))) and (self.length_more_0) and (self.length_more_1) and (self.length_more_2) and (self.length_more_3)) :
                pass

            if self.half:
                pass


        @property
        def length(self):
            if hasattr(self, '_m_length'):
                return self._m_length

            self._m_length = self.length_group_0 + (self.length_group_1 * 128 + (self.length_group_2 * 16384 + (self.length_group_3 * 2097152 + (self.length_group_4 * 268435456 if self.length_more_3 else 0) if self.length_more_2 else 0) if self.length_more_1 else 0) if self.length_more_0 else 0)
            return getattr(self, '_m_length', None)


    class SetsHeader(KaitaiStruct):
        """Sets (clause 12.8)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.SetsHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.dimensions_minus_1 = self._io.read_bits_int_be(2)
            self.reserved = self._io.read_bits_int_be(1) != 0
            _ = self.reserved
            if not _ == False:
                raise kaitaistruct.ValidationExprError(self.reserved, self._io, u"/types/sets_header/seq/1")
            self.alphabet_exponent = self._io.read_bits_int_be(5)
            if self.alphabet_exponent == 0:
                pass
                self.alphabet_minus_2 = MiscBitstream.Varint(self._io, self, self._root)

            self.size = []
            for i in range(self.dimensions_minus_1 + 1):
                self.size.append(MiscBitstream.ArraySize(self._io, self, self._root))



        def _fetch_instances(self):
            pass
            if self.alphabet_exponent == 0:
                pass
                self.alphabet_minus_2._fetch_instances()

            for i in range(len(self.size)):
                pass
                self.size[i]._fetch_instances()



    class String(KaitaiStruct):
        """a string: a varint, the number of bytes, and these bytes, which are UTF-8."""
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


    class StringHeader(KaitaiStruct):
        """String of any codec (clause 12.10)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.StringHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.entropy_coder = self._io.read_bits_int_be(5)
            self.dimensions = self._io.read_bits_int_be(3)
            _ = self.dimensions
            if not _ <= 4:
                raise kaitaistruct.ValidationExprError(self.dimensions, self._io, u"/types/string_header/seq/1")
            self.size = []
            for i in range(self.dimensions + 0):
                self.size.append(MiscBitstream.ArraySize(self._io, self, self._root))



        def _fetch_instances(self):
            pass
            for i in range(len(self.size)):
                pass
                self.size[i]._fetch_instances()



    class StringsHeader(KaitaiStruct):
        """CompressAI strings (clause 10.1)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.StringsHeader, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.architecture = self._io.read_bits_int_be(4)
            _ = self.architecture
            if not  (( ((_ >= 1) and (_ <= 6)) ) or ( ((_ >= 14) and (_ <= 15)) )) :
                raise kaitaistruct.ValidationExprError(self.architecture, self._io, u"/types/strings_header/seq/0")
            self.metric = self._io.read_bits_int_be(1) != 0
            self.quality_minus_1 = self._io.read_bits_int_be(3)
            self.own_weights = self._io.read_bits_int_be(1) != 0
            self.explicit_shape = self._io.read_bits_int_be(1) != 0
            if  ((self.architecture == 1) or (self.architecture == 14)) :
                pass
                self.reserved = self._io.read_bits_int_be(6)
                _ = self.reserved
                if not _ == 0:
                    raise kaitaistruct.ValidationExprError(self.reserved, self._io, u"/types/strings_header/seq/5")

            if  ((self.architecture == 2) or (self.architecture == 3) or (self.architecture == 4) or (self.architecture == 5) or (self.architecture == 6) or (self.architecture == 15)) :
                pass
                self.z_length = self._io.read_bits_int_be(6)

            if  (( ((self.architecture == 2) or (self.architecture == 3) or (self.architecture == 4) or (self.architecture == 5) or (self.architecture == 6) or (self.architecture == 15)) ) and (self.z_length == 63)) :
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



        def _fetch_instances(self):
            pass
            if  ((self.architecture == 1) or (self.architecture == 14)) :
                pass

            if  ((self.architecture == 2) or (self.architecture == 3) or (self.architecture == 4) or (self.architecture == 5) or (self.architecture == 6) or (self.architecture == 15)) :
                pass

            if  (( ((self.architecture == 2) or (self.architecture == 3) or (self.architecture == 4) or (self.architecture == 5) or (self.architecture == 6) or (self.architecture == 15)) ) and (self.z_length == 63)) :
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



    class TextHuffman(KaitaiStruct):
        """Method huffman of text (clause 6.3)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.TextHuffman, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.text = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class TextLanguage(KaitaiStruct):
        """Method language of text (clause 6.4)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.TextLanguage, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class TextLanguageOwn(KaitaiStruct):
        """Method language-own of text (clause 6.10)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.TextLanguageOwn, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.own_model = MiscBitstream.OwnModel(self._io, self, self._root)
            self.codeword = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass
            self.own_model._fetch_instances()


    class TextPrivate(KaitaiStruct):
        """Method private of text (clause 4.5)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.TextPrivate, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.payload = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class TextRaw(KaitaiStruct):
        """Method raw of text (clause 6.2)."""
        def __init__(self, _io, _parent=None, _root=None):
            super(MiscBitstream.TextRaw, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.text = self._io.read_bytes_full()


        def _fetch_instances(self):
            pass


    class Varint(KaitaiStruct):
        """a varint: bytes that hold seven bits of a number each, the least significant bits first; the top bit is 1 in all but the last byte."""
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

            self._m_value = ((((self.groups[0].value * 1 if len(self.groups) > 0 else 0) + (self.groups[1].value * 128 if len(self.groups) > 1 else 0)) + (self.groups[2].value * 16384 if len(self.groups) > 2 else 0)) + (self.groups[3].value * 2097152 if len(self.groups) > 3 else 0)) + (self.groups[4].value * 268435456 if len(self.groups) > 4 else 0)
            return getattr(self, '_m_value', None)



