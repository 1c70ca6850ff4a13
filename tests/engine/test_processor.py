"""Why TensorFlow does not start, told before it is tried and after it has died."""

import signal

import pytest

from tltools.engine import processor

CPUINFO = "processor\t: 0\nmodel name\t: Old\nflags\t\t: fpu sse sse2 ssse3 sse4_1 sse4_2{}\n\n"


@pytest.mark.parametrize(("machine", "text", "known"),
                         [("x86_64", CPUINFO.format(""), True),
                          ("x86_64", CPUINFO.format(" avx avx2"), False),
                          ("AMD64", CPUINFO.format(""), True),
                          ("x86_64", CPUINFO.format(" avx512f"), True),
                          ("x86_64", "nothing that is known", False),
                          ("aarch64", CPUINFO.format(""), False)])
def test_a_processor_without_avx_is_known_before_the_import(tmp_path, monkeypatch, machine, text,
                                                            known):
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "cpuinfo").write_text(text)
    assert (processor.problem(tmp_path / "cpuinfo") == processor.NO_AVX) is known
    assert not known or processor.problem(tmp_path / "nowhere") is None


def test_signals_and_codes_are_told_apart(monkeypatch):
    class Done:
        returncode = -signal.SIGILL

    monkeypatch.setattr("subprocess.run", lambda *_, **__: Done)
    assert processor.diagnose(3) == processor.NO_AVX
    Done.returncode = 0xC000001D
    assert processor.diagnose(3) == processor.NO_AVX
    Done.returncode = 1
    assert "ends with code 1" in processor.diagnose(3).reason
