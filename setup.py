"""The packages. All else is in pyproject.toml.

The folder `conformance` is installed as `misc_conformance`: a wheel must not take so general a name.
"""

from setuptools import find_packages, setup

FOLDER, NAME = "conformance", "misc_conformance"

setup(
    packages=[
        *find_packages(include=["misc_format*", "reference_codec*"]),
        *(name.replace(FOLDER, NAME, 1) for name in find_packages(include=[f"{FOLDER}*"])),
    ],
    package_dir={NAME: FOLDER},
)
