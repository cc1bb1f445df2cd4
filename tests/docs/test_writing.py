"""What holds for every page that is written, whoever wrote it."""

import re

import pytest

from docsite.pages import ROOT, Page, SiteError, summary_of, title_of, written
from docsite.sequence import drawn


@pytest.mark.parametrize("page", written(), ids=lambda page: page.slug)
def test_a_page_says_in_one_sentence_what_it_is_for(page: Page) -> None:
    summary = page.summary
    assert 15 < len(summary) < 220, summary
    assert summary.endswith((".", "!", "?"))


def test_a_summary_is_the_first_sentence_or_what_the_comment_says() -> None:
    assert summary_of("# T\n\nOne `a.b` thing, *e.g.* this. Another.") == "One a.b thing, e.g. this."
    assert summary_of("# T\n\n```\ncode.\n```\n\nText of [a link](x.md). More") == "Text of a link."
    assert summary_of("# T\n\n<!-- summary: Said so. -->\nText.") == "Said so."
    with pytest.raises(SiteError, match="no paragraph"):
        summary_of("# T\n\n- a list\n")
    with pytest.raises(SiteError, match="no heading"):
        title_of("text")


def test_a_diagram_is_drawn_from_text_and_can_be_heard() -> None:
    svg = drawn("A & Co -> B: ask <it>\nnote B: think\nB -> A & Co: tell")
    assert 'aria-label="A &amp; Co to B: ask &lt;it&gt;; B: think; B to A &amp; Co: tell"' in svg
    assert svg.count('class="arrow"') == 2
    assert "style=" not in svg
    with pytest.raises(SiteError, match="no line of a sequence diagram"):
        drawn("A tells B")


@pytest.mark.parametrize("page", written(), ids=lambda page: page.slug)
def test_a_page_names_no_test_that_is_not_there(page: Page) -> None:
    """Otherwise the threat model would rest on tests that somebody removed."""
    for named in re.findall(r"\btests/[\w/.-]*\w", page.markdown):
        assert (ROOT / named).exists(), named
