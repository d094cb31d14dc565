"""What was there before the stamps stays as it lies and is told apart from what lost its stamp."""

import pytest
from sqlalchemy import text

import migrations
from corpusmill.checking.binding import bindings
from corpusmill.place.local import bring_up_to_date
from corpusmill.settings import load
from ledger.work.stamps import closing, key
from tests.work import complete, take


@pytest.fixture
def settings(desk, tmp_path):
    return load(data_dir=tmp_path, database_url=desk.ledger.url)


def test_results_and_jobs_from_before_are_right_and_later_ones_are_bound(desk, settings):
    ended = desk.submit("one")
    complete(desk, take(desk))
    going_on = desk.submit("two", "three")
    complete(desk, take(desk, items=1))
    migrations.downgrade(desk.ledger, "0011")
    bring_up_to_date(settings, desk.ledger)
    migrations.check(desk.ledger)
    held = key.read(settings.stamps_dir)
    assert held.after_item == 3
    complete(desk, take(desk))
    later = desk.submit("four")
    complete(desk, take(desk))
    assert closing.pending(desk.ledger) == [later]
    for job_id, older, wrong in ((ended, 1, 0), (going_on, 2, 0), (later, 0, 1)):
        stamps, end = bindings(desk.ledger, settings.stamps_dir, job_id)
        assert (len(stamps.wrong), f"; {older} from before" in stamps.note) == (wrong, older > 0)
        assert end.wrong == ()


def test_bringing_up_to_date_again_makes_no_other_key(desk, settings):
    bring_up_to_date(settings, desk.ledger)
    first = key.read(settings.stamps_dir)
    desk.submit("one")
    bring_up_to_date(settings, desk.ledger)
    assert key.read(settings.stamps_dir) == first


def test_the_way_back_drops_the_stamps(desk):
    migrations.downgrade(desk.ledger, "0011")
    with desk.ledger.engine.connect() as connection, pytest.raises(Exception, match="stamp"):
        connection.execute(text("SELECT stamp FROM results"))
    migrations.upgrade(desk.ledger)
    migrations.check(desk.ledger)
