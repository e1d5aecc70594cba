"""The data sets of the papers, one row each: pictures, licence, where to get them, and who uses them.

No picture is part of this project, and nothing is downloaded. `dataset_check` compares a folder with a row.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, Final, NamedTuple

from misc_format.components import Size
from misc_format.engine.sources import expand_ranges


class Archive(NamedTuple):
    """A file that holds pictures of a data set. `size`: bytes. `sha256`: in hexadecimal digits. Both are None if no source states them."""

    address: str
    size: int | None = None
    sha256: str | None = None


class Expected(NamedTuple):
    """What is known of one picture. `size`: in pixels. `sha256`: of the file, in hexadecimal digits."""

    size: Size | None = None
    sha256: str | None = None


class Dataset(NamedTuple):
    """A data set.

    - `name`: what `--dataset` takes.
    - `pictures`: how many there are.
    - `files`: names of files; `{01..24}` stands for every number of the range. Empty: the names are not known.
    - `size`: of every picture, in pixels; None: not all alike, or not known.
    - `known`: what else is known of single files, by name.
    - `max_side`: the longest side that a picture may have, in pixels; None: any.
    - `source`: the page, or the repository, of the data set.
    - `use`: which paper uses it, and how it prepares the pictures.
    """

    name: str
    title: str
    pictures: int
    licence: str
    source: str
    use: str
    files: tuple[str, ...] = ()
    archives: tuple[Archive, ...] = ()
    size: Size | None = None
    known: dict[str, Expected] = {}  # noqa: RUF012 - a row is never changed
    max_side: int | None = None

    @property
    def expected(self) -> dict[str, Expected]:
        """What is known of each picture, by name of its file. Empty if the names are not known."""
        names = chain.from_iterable(map(expand_ranges, self.files))
        return {name: self.known.get(name, Expected(self.size)) for name in names}

    @property
    def checks(self) -> tuple[str, ...]:
        """What a folder is checked for."""
        rows = self.expected.values()
        is_checked = {
            "number": True,
            "names": bool(self.files),
            "sizes": self.size is not None or self.max_side is not None or any(row.size for row in rows),
            "SHA-256": any(row.sha256 for row in rows),
        }
        return tuple(name for name, checked in is_checked.items() if checked)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "name": self.name,
            "title": self.title,
            "pictures": self.pictures,
            "files": list(self.files),
            "checks": list(self.checks),
            "licence": self.licence,
            "source": self.source,
            "archives": [archive._asdict() for archive in self.archives],
            "use": self.use,
        }


# The digests of the files at r0k.us. The digest of the list, as sha256sum prints it, is that of another publisher of it:
# 3eaa5bd52eb8c894d351cf607028f5d3d80e778fd0267eeff8c73d66539a25d5.
_KODAK_DIGESTS: Final = (
    "a56e27cbf5f843c048b6af1d6e090760e9c92fadba88b7dee0205918a37523bd",
    "4f4b74a79237e311d72cad958237b5f7088d8bce1c82305ebefe1a70e3022dfd",
    "e25ca1ff2f0c0cb5fdfd5f9b0a0bb21ac4c3de3c84a67f35b09a85d3306249db",
    "e3b946107c5d3441c022f678d0c3caf1e224d81b1604ba840a4f88e562de61aa",
    "10349e963c5c813d327852f82c1795fa4148d69fedffc4c589bee458e3ac3d53",
    "363510303b715d4cbc384e1ce227e466b613a09e1b71ae985882bf8e7fbd9b18",
    "b77d3f006f42414bb242222e0482e750c0fb9e5ee8d4bed2f6f11c5605fe54a4",
    "ba23983c76b4832ee0e8af0592664756841a16779acd69f792e268fb6d13d6e7",
    "6a4361c2fc194feb4edaa9f9a4a0620fb9943e460ac7fdf037fb0f6dd6607a7d",
    "9dfb70f5867c29ff9ed6313683f19b3d867849e40fbc0c4c54a4a89df341cf23",
    "7936814b58b5387fce2e4e2488b4ec830dadd95fa9520f358ddb30990b50f2b6",
    "d78c37c2f04f23761ed2367dd77e2db584ddd4c3950833fecf89f199a8126980",
    "bc34a3ce58dea09dce1704c997171602de90cb34d0c8503a988b77f473d39b08",
    "55a94550ff18f3246c4074fd32b77b0c74447c26b6ad274d564d999c0450ba6e",
    "7538cbb80cb9103606c48b806eae57d56c885c7f90b9b3be70a41160f9cbb683",
    "a89c7268ccd4718ba424a99fc4643c572cf692ca6eae887185ceb4e9f11d2e54",
    "37afcc89fbdcb76d9518e04b2fc011027e2f4cd14b3b2f83cefd721641a47c5b",
    "1a9258c365988961d87a0598725b609139c303ad48a5aad6c503c3b1a87849aa",
    "b7450b264b1b0a411390d8931b112c27905a992520fc90569dc4b920aa32bbdc",
    "3b46c71e3b92a563820ba32936be8330c586c41f938efd94be938386aae4328a",
    "ac958597c82073f6bb65129c68f72b651db5b9efd82e11547d07350214bc268b",
    "1cee58eb1f2d9c7ebb254d208a03c783ce6cf2c4d8c2cf45e235dd23b4ce1b29",
    "e3111a2fd4da24af15d6459ef9eacfe54106b38e27b4a21821b75c3f5d2d5baf",
    "1071c68372cc5a01435c2c225a5cf7d4bb803846ec08bb6b3d6721b156d7cb96",
)
_KODAK_PORTRAITS: Final = (4, 9, 10, 17, 18, 19)
_KODAK: Final = {
    f"kodim{number:02}.png": Expected(Size(512, 768) if number in _KODAK_PORTRAITS else Size(768, 512), digest)
    for number, digest in enumerate(_KODAK_DIGESTS, 1)
}

_ETHZ: Final = "https://data.vision.ee.ethz.ch/cvl"
_CLIC_LICENCE: Final = "professional: Unsplash licence; mobile: none stated"
_SEDIC_PREPARES: Final = "SEDIC: resized to a short side of 768 pixels, then cut to the middle 768x768"
_MISC_PREPARES: Final = "MISC: pictures above 1,024 pixels are halved"

_DIV2K: Final = Dataset(
    "div2k",
    "DIV2K, validation",
    100,
    "academic research only",
    f"{_ETHZ}/DIV2K/",
    "none as it is: see div2k-sedic",
    ("{0801..0900}.png",),
    (Archive(f"{_ETHZ}/DIV2K/DIV2K_valid_HR.zip", 448993893, "20dd31fd84d777bc1cf5d6b7654a3f569c0aec74458ae094122ad1d0489900fc"),),
)  # fmt: skip
_CLIC_TEST: Final = Dataset(
    "clic2020",
    "CLIC2020, test: professional and mobile",
    428,
    _CLIC_LICENCE,
    "https://compression.cc/",
    "none as it is: see clic2020-sedic",
    archives=(
        Archive(f"{_ETHZ}/clic/test/CLIC2020Professional_test.zip", 891643809, "857df244fc2bfa5da28d4c66bf0db16ee99bfc79eb807be8afa89cd507852884"),
        Archive(f"{_ETHZ}/clic/test/CLIC2020Mobile_test.zip", 721789976, "2025f07a6c652270e534640de4271feef3b3dd3260beed4ac4821064837aa732"),
    ),
)  # fmt: skip
_CLIC_VALID: Final = Dataset(
    "clic2020-valid",
    "CLIC2020, validation, professional",
    41,
    "Unsplash licence",
    "https://compression.cc/",
    "none as it is: see clic2020-misc",
    archives=(Archive(f"{_ETHZ}/clic/professional_valid_2020.zip", 134834429, "00be38092ade2ab5163b65f7f6523d46c7bca147007f559adbb02c0afc236b7d"),),
)  # fmt: skip
_CMC_FILES: Final = {
    "nsi": ("NSI_pgc_{000..199}.png", "NSI_ugc_{000..199}.png"),
    "sci": ("SCI_game_{000..099}.png", "SCI_movie_{000..099}.png", "SCI_screen_{000..099}.png"),
    "aigi": tuple(f"AIGI_{model}_{{000..049}}.png" for model in ("DALLE3", "MJ", "PG", "Pixart", "SDXL", "SSD")),
}


def _cmc(name: str, title: str, pictures: int, files: tuple[str, ...]) -> Dataset:
    return Dataset(
        name,
        title,
        pictures,
        "CC BY 4.0; some pictures have terms of their own sources",
        "https://huggingface.co/datasets/lcysyzxdxc/CMC-Bench",
        "CMC-Bench: as it is",
        files,
        (Archive("https://huggingface.co/datasets/lcysyzxdxc/CMC-Bench/blob/main/ground-truth.zip"),),
    )


DATASETS: Final = {
    row.name: row
    for row in (
        Dataset(
            "kodak",
            "Kodak Lossless True Color Image Suite",
            24,
            "unrestricted use, as its publisher understands",
            "https://r0k.us/graphics/kodak/",
            "SEDIC: as it is",
            ("kodim{01..24}.png",),
            known=_KODAK,
        ),
        _DIV2K,
        _DIV2K._replace(
            name="div2k-sedic", title="DIV2K, validation, as in SEDIC", size=Size(768, 768), use=_SEDIC_PREPARES
        ),
        _CLIC_TEST,
        _CLIC_TEST._replace(
            name="clic2020-sedic", title="CLIC2020, test, as in SEDIC", size=Size(768, 768), use=_SEDIC_PREPARES
        ),
        _CLIC_VALID,
        _CLIC_VALID._replace(
            name="clic2020-misc", title="CLIC2020, validation, as in MISC", max_side=1024, use=_MISC_PREPARES
        ),
        Dataset(
            "aigi-scd",
            "AIGI-SCD, test",
            50,
            "none stated",
            "no page is known; it is described in section IV of MISC",
            _MISC_PREPARES,
            max_side=1024,
        ),
        _cmc("cmc-bench", "CMC-Bench, all", 1000, (*_CMC_FILES["nsi"], *_CMC_FILES["sci"], *_CMC_FILES["aigi"])),
        _cmc("cmc-bench-nsi", "CMC-Bench, photos of natural scenes (NSI)", 400, _CMC_FILES["nsi"]),
        _cmc("cmc-bench-sci", "CMC-Bench, screen contents (SCI)", 300, _CMC_FILES["sci"]),
        _cmc("cmc-bench-aigi", "CMC-Bench, generated pictures (AIGI)", 300, _CMC_FILES["aigi"]),
    )
}
