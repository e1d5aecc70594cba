"""JUnit XML: well formed whatever the text, with the counts of its cases."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from misc_format.validation.junit import Case, Problem, Suite, as_xml, escaped

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["\x00", "\ud800", "\ufffe", "]]>", "<a b='c'>&amp;", "\u202eabc", "a\tb\nc"]
)
PROBLEMS = st.builds(Problem, st.sampled_from(["failure", "error", "skipped"]), ANY_TEXT, ANY_TEXT, ANY_TEXT)
CASES = st.builds(Case, ANY_TEXT, ANY_TEXT, st.none() | PROBLEMS, ANY_TEXT, st.none() | st.floats(0, 1e6))


def newlines(text: str) -> str:
    """Element text as an XML parser reads it."""
    return escaped(text).replace("\r\n", "\n").replace("\r", "\n")


@given(ANY_TEXT, st.lists(CASES, max_size=4), st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2))
def test_any_text_is_read_back_with_escapes_and_counts_agree(
    name: str, cases: list[Case], properties: dict[str, str]
) -> None:
    root = ElementTree.fromstring(as_xml(Suite(name, cases, properties)).encode())
    [suite] = root
    assert suite.get("name") == escaped(name)
    assert [(each.get("name"), each.get("value")) for each in suite.iter("property")] == [
        (escaped(key), escaped(value)) for key, value in properties.items()
    ]
    elements = suite.findall("testcase")
    for case, element in zip(cases, elements, strict=True):
        assert (element.get("name"), element.get("classname")) == (escaped(case.name), escaped(case.classname))
        assert (element.findtext("system-out") or "") == newlines(case.output)
        if case.problem:
            problem = element.find(case.problem.status)
            assert problem is not None and problem.get("message") == escaped(case.problem.message)
            assert (problem.text or "") == newlines(case.problem.text)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))
    assert root.get("tests") == suite.get("tests") == str(len(cases))
    assert (suite.get("time") is not None) == all(case.seconds is not None for case in cases)


def test_characters_that_xml_cannot_hold_are_written_as_escapes() -> None:
    assert escaped("a\x00b\ud83d\ufffe<\n") == r"a\x00b\ud83d\ufffe" + "<\n"
