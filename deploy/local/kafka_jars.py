"""Where Apache Kafka's jars and the Java to run them come from."""

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

RECIPE = Path(__file__).with_name("kafka")
POM = RECIPE / "pom.xml"
JAVA_MAJOR_VERSION = 17
DOWNLOAD_TIMEOUT_S = 900


class KafkaUnavailable(RuntimeError):
    """This machine lacks what Apache Kafka needs; the message says what to install."""


def kafka_version() -> str:
    """The Apache Kafka version pinned in the pom."""
    found = re.search(r"<kafka\.version>(.+)</kafka\.version>", POM.read_text())
    if found is None:
        raise KafkaUnavailable(f"{POM} names no kafka.version")
    return found.group(1)


def why_unavailable() -> str | None:
    """What is missing to run Apache Kafka here, None when nothing is: for tests that skip."""
    try:
        java()
        if not _complete(jars_folder()):
            _maven()
    except KafkaUnavailable as error:
        return str(error)
    return None


def java() -> str:
    """The java program, from JAVA_HOME or PATH; raises KafkaUnavailable when absent or older than 17."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if program is None or shutil.which(program) is None:
        raise KafkaUnavailable(
            f"Apache Kafka needs Java {JAVA_MAJOR_VERSION} or newer: no java in JAVA_HOME or PATH"
        )
    text = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', text)
    if found is None or int(found.group(1)) < JAVA_MAJOR_VERSION:
        raise KafkaUnavailable(
            f"Apache Kafka needs Java {JAVA_MAJOR_VERSION} or newer; {program} says: {text.strip()}"
        )
    return program


def jars_folder() -> Path:
    """Cache folder of the pinned version's jars."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "tallyman" / f"kafka-{kafka_version()}"


def fetch_jars() -> Path:
    """The folder with all jars, fetched by Maven the first time; raises KafkaUnavailable with its words."""
    folder = jars_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        # Two test runs may come here at once: one downloads, the other waits.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _complete(folder):
            _download(folder)
    return folder


def _complete(folder: Path) -> bool:
    # A changed pom (another logging version, say) makes the cached set stale even if Kafka's version stayed.
    marker = folder / "pom.xml"
    return marker.exists() and marker.read_bytes() == POM.read_bytes()


def _download(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    command = [
        *(_maven(), "--batch-mode", "--quiet", "--file", str(POM), "dependency:copy-dependencies"),
        *("-DincludeScope=runtime", f"-DoutputDirectory={folder}"),
    ]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DOWNLOAD_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise KafkaUnavailable(
            f"Maven could not fetch Apache Kafka {kafka_version()}:\n{done.stdout}{done.stderr}"
        )
    # Written last: a download that was interrupted is not taken for a complete one.
    shutil.copyfile(POM, folder / "pom.xml")


def _maven() -> str:
    program = shutil.which("mvn")
    if program is None:
        raise KafkaUnavailable(
            f"Apache Kafka's jars are fetched with Maven: no mvn in PATH, and none cached in {jars_folder()}"
        )
    return program
