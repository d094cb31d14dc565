"""What people do in a real browser: drop files, choose, follow a job, go back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import CHROMIUM, SCREENSHOTS, Site, Visit, barriers

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: Debian's package is chromium")


def drop(page: Page, files: list[tuple[str, str]]) -> None:
    """Drop files on the new-job page as a hand would."""
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, text] of files) transfer.items.add(new File([text], name));
            return transfer;
        }""",
        files,
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})


def test_dropped_files_become_a_job(site: Site, user: Visit) -> None:
    page = user.page
    page.goto(site.url + "/jobs/new")
    drop(page, [("one.txt", "The first letter."), ("two.jsonl", '{"text": "The second."}\n')])
    expect(page.locator("#rows tr")).to_have_count(2)
    page.get_by_text("Sentiment", exact=True).click()
    page.get_by_role("button", name="Make the job").click()
    page.wait_for_url("**/jobs/job_*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sentiment of 2 documents")
    expect(page.locator("table.documents tbody tr")).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="queued")).to_have_count(1)
    assert [name.split(".")[0] for name in site.notified] == ["sentiment"]


def test_refusals_stand_beside_their_files_and_the_others_can_go_on(site: Site, user: Visit) -> None:
    page = user.page
    page.goto(site.url + "/jobs/new")
    drop(page, [("good.txt", "Good."), ("bad.jsonl", '{"text": "x", "extra": 1}\n'), ("photo.png", "x")])
    expect(page.locator("#rows tr").nth(2)).to_contain_text("This type is not read.")
    page.get_by_text("Sentiment", exact=True).click()
    page.get_by_role("button", name="Make the job").click()
    expect(page.locator("#rows tr").nth(1)).to_contain_text("“extra”")
    expect(page.locator("#rows tr").nth(0)).to_contain_text("ready")
    page.screenshot(path=SCREENSHOTS / "new-job-refused.png", full_page=True)
    assert barriers(page) == []
    page.get_by_role("button", name="Go on with the other 1 document").click()
    page.wait_for_url("**/jobs/job_*")
    expect(page.locator("table.documents tbody tr")).to_have_count(1)
    user.complaints[:] = [text for text in user.complaints if "422" not in text]


def test_the_model_chooser_offers_what_fits_the_task_and_purpose(site: Site, user: Visit) -> None:
    page = user.page
    page.goto(site.url + "/jobs/new")
    large = page.locator(".choice", has_text="nc/translator-large")
    page.select_option("select[name=from]", "en")
    page.select_option("select[name=to]", "pt")
    expect(large.get_by_role("radio")).to_be_enabled()
    page.select_option("select[name=purpose]", "commercial")
    expect(large.get_by_role("radio")).to_be_disabled()
    expect(large).to_contain_text("Not permitted")
    page.select_option("select[name=from]", "pt")
    expect(page.locator("select[name=to]")).to_have_value("en")
    expect(page.locator("select[name=to] option", has_text="de")).to_be_disabled()
    expect(large).to_be_hidden()


def test_a_flag_leads_from_its_place_to_its_line_and_on_to_its_meaning(site: Site, user: Visit) -> None:
    page = user.page
    page.goto(site.url + f"/jobs/{site.sample.jobs['translated']}")
    page.get_by_role("link", name="2 flagged").click()
    expect(page.locator("table.documents tbody tr")).to_have_count(2)
    page.get_by_role("link", name="5 flags").click()
    expect(page.get_by_role("heading", name="5 flags")).to_be_in_viewport()
    page.locator("#output-flag-2").click()
    expect(page.locator("#flag-2")).to_be_in_viewport()
    page.locator("#flag-2").get_by_role("link", name="in the source").click()
    expect(page.locator("#source-flag-2")).to_be_focused()
    expect(page.locator("mark.flagged", has_text="seven").first).to_have_attribute("title", re.compile("7 became 17"))
    page.locator("#flag-2").get_by_role("link", name="number changed").click()
    expect(page.locator("#number_changed")).to_be_in_viewport()


def test_the_text_of_a_flagged_document_is_copied_without_the_signs(site: Site, user: Visit) -> None:
    user.page.goto(site.url + f"/jobs/{site.sample.jobs['translated']}/documents/0")
    copied = user.page.evaluate(
        "() => { getSelection().selectAllChildren(document.querySelector('.text')); return getSelection().toString(); }"
    )
    assert copied == "Good morning. The bakery opens at seven."


def test_a_job_page_follows_the_ledger_and_keeps_what_was_opened(site: Site, user: Visit) -> None:
    page = user.page
    page.goto(site.url + f"/jobs/{site.sample.jobs['queued']}")
    page.get_by_text("Cancel …").click()
    with page.expect_response(lambda response: response.url.endswith(site.sample.jobs["queued"])):
        pass
    button = page.get_by_role("button", name="Cancel 12 documents")
    expect(button).to_be_visible()
    button.click()
    expect(page.locator(".heading .badge")).to_have_text("cancelled")
    expect(page.locator("#live[data-live]")).to_have_count(0)


def test_a_page_asks_more_seldom_the_longer_it_is_watched_and_the_less_it_changes(site: Site, user: Visit) -> None:
    page = user.page
    page.clock.install()
    page.goto(site.url + f"/jobs/{site.sample.jobs['broken']}")  # it has ended, so that nothing is asked meanwhile
    assert page.evaluate("gapSeconds(2)") == 2
    page.clock.fast_forward(40_000)
    assert 4 <= page.evaluate("gapSeconds(2)") < 5
    page.clock.fast_forward(60_000)
    assert page.evaluate("gapSeconds(2)") == 5
    answered = (
        "(text) => { noticeChange({detail: {xhr: {responseText: text}}}); lastPage = text; return gapSeconds(2); }"
    )
    assert [page.evaluate(answered, text) for text in ("a", "a", "a", "a", "b")] == [5, 10, 15, 15, 5]
    page.evaluate(answered, "b")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("gapSeconds(2)") == 5


def test_live_updates_can_be_switched_off_and_stay_off(site: Site, user: Visit) -> None:
    page = user.page
    page.goto(site.url)
    page.get_by_role("button", name="Live updates").click()
    page.reload()
    expect(page.get_by_role("button", name="Live updates")).to_have_attribute("aria-pressed", "false")


def test_the_chosen_theme_stays_on_the_page_that_it_was_chosen_on(site: Site, user: Visit) -> None:
    page = user.page
    page.goto(site.url + "/jobs?task=sentiment")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/jobs?task=sentiment")


def test_without_scripts_the_form_still_makes_a_job(site: Site, browser: Browser, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("A letter.")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "/jobs/new")
    page.set_input_files("#files", letter)
    page.get_by_text("Sentiment", exact=True).click()
    page.get_by_role("button", name="Make the job").click()
    expect(page.locator("table.documents tbody tr")).to_have_count(1)
    expect(page.locator("table.documents")).to_contain_text("letter.txt")
    context.close()


def test_the_form_lives_after_back_and_after_a_page_that_was_kept(site: Site, user: Visit) -> None:
    page = user.page
    page.goto(site.url + "/jobs/new")
    button = page.get_by_role("button", name="Make the job")
    for text in ("The first letter.", "The second letter."):
        page.get_by_text("Paste text instead").click()
        page.get_by_label("Text", exact=True).fill(text)
        page.get_by_text("Sentiment", exact=True).click()
        button.click()
        page.wait_for_url("**/jobs/job_*")
        page.go_back()
        expect(button).to_be_enabled()
        page.goto(site.url + "/jobs/new")
    page.evaluate("document.querySelector('#new-job button[type=submit]').disabled = true")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(button).to_be_enabled()


def test_too_large_an_upload_is_refused_before_it_is_sent(site: Site, user: Visit) -> None:
    page, sent = user.page, []
    page.on("request", lambda request: sent.append(request.method))
    page.goto(site.url + "/jobs/new")
    page.evaluate("document.getElementById('new-job').dataset.maxUploadBytes = '10'")
    drop(page, [("one.txt", "The first letter.")])
    page.get_by_role("button", name="Make the job").click()
    expect(page.locator("#refusal")).to_contain_text("at most 10 B")
    assert "POST" not in sent
