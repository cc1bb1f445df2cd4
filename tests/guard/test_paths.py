"""Which paths need a key; in doubt, a path does."""

import pytest

from onepin.guard.paths import Paths, path_of

PUBLIC = Paths(["/*"], ["/health", "/static/*"])
SOME = Paths(["/api", "/api/*"], ["/api/docs"])


@pytest.mark.parametrize("path", ["/health", "/static/app.js", "/static/a/b.css", "/static/"])
def test_public_paths_need_none(path: str) -> None:
    assert not PUBLIC.guards(path)


@pytest.mark.parametrize(
    "path", ["/", "/healthy", "/health/", "/health/x", "/static", "/staticky", "/Health", "/x/health"]
)
def test_their_neighbours_do(path: str) -> None:
    assert PUBLIC.guards(path)


@pytest.mark.parametrize(
    "path",
    ["/static/../admin", "/static/..", "/static/./../admin", "//static/x", "/static//x", "/static/.",
     "/static\\..\\admin", "/static/x/..\\..\\admin", "", "*", "static/x", "http://a/static/x"],
)  # fmt: skip
def test_a_path_that_an_application_might_read_as_another_one_does(path: str) -> None:
    """Otherwise '/static/../admin' would be public to the guard and '/admin' to the application."""
    assert PUBLIC.guards(path)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/x", "//api/x", "/x/../api/y"])
def test_of_some_guarded_paths_each_needs_one_however_it_is_written(path: str) -> None:
    assert SOME.guards(path)


@pytest.mark.parametrize("path", ["/", "/about", "/api/docs", "/apis"])
def test_others_do_not(path: str) -> None:
    assert not SOME.guards(path)


@pytest.mark.parametrize("pattern", ["", "health", "*", "/a*", "/*/b", "/a/*/*"])
def test_a_pattern_that_would_mean_something_else_stops_the_start(pattern: str) -> None:
    with pytest.raises(ValueError, match="public_paths"):
        Paths(["/*"], [pattern])


def test_one_text_is_not_several() -> None:
    with pytest.raises(ValueError, match="several"):
        Paths("/*", [])


@pytest.mark.parametrize(
    ("root", "path", "within"),
    [
        ("", "/a", "/a"),
        ("/v1", "/v1/a", "/a"),
        ("/v1/", "/v1/a", "/a"),
        ("/v1", "/v10/a", "/v10/a"),
        ("/v1", "/a", "/a"),
    ],
)
def test_the_prefix_of_a_mounted_application_is_not_part_of_its_paths(root: str, path: str, within: str) -> None:
    assert path_of({"path": path, "root_path": root}) == within
