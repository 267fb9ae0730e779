"""What `make run` does about Pango: one step where it may, one line where it may not, and never a failure."""

import pytest

from config import install


@pytest.fixture
def bare(monkeypatch, tmp_path):
    monkeypatch.setattr(install, "PDF_TRIED", tmp_path / "tried")
    monkeypatch.setattr(install, "_loads", lambda _library: False)
    monkeypatch.setattr(install, "_japanese_font", lambda: True)
    monkeypatch.setattr(install.shutil, "which", lambda _name: "/usr/bin/apt-get")
    return monkeypatch


def test_somebody_else_than_root_reads_one_line_that_names_the_packages(bare, capsys):
    bare.setattr(install.os, "geteuid", lambda: 1000)
    install.pdf_libraries()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    for package in ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"):
        assert package in said
    install.pdf_libraries()
    assert capsys.readouterr().out == ""


def test_root_installs_them_and_a_machine_without_a_mirror_goes_on(bare, capsys):
    asked = []
    bare.setattr(install.os, "geteuid", lambda: 0)
    bare.setattr(install, "run", lambda command, _failure: asked.append(command))
    install.pdf_libraries()
    assert [command[1] for command in asked] == ["update", "install"]
    assert "libpango-1.0-0" in asked[1]
    install.PDF_TRIED.unlink()

    def fails(_command, failure):
        raise install.SetupError(failure)

    bare.setattr(install, "run", fails)
    install.pdf_libraries()
    assert "no PDFs" in capsys.readouterr().out


def test_nothing_is_asked_where_they_are(bare, capsys):
    bare.setattr(install, "_loads", lambda _library: True)
    install.pdf_libraries()
    assert capsys.readouterr().out == ""
