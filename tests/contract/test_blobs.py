"""What every store of recordings promises: content once, under its own hash."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from infra.blobs import Blobs, BlobStore
from infra.blobs_s3 import S3Blobs
from schemas.errors import ConfigError, InvalidEvent, Unavailable
from schemas.ids import content_hash

pytestmark = pytest.mark.contract

BUCKET = "calls"
Open = Callable[[str], S3Blobs]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server of its own that speaks S3 over HTTP."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials as a machine would have them, and nothing of this machine's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of a test")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def bucket(endpoint: str, credentials: None, tmp_path: Path) -> Iterator[Open]:
    """Open the bucket; each name given has a cache of its own, as another machine has."""
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    yield lambda machine: S3Blobs(
        f"s3://{BUCKET}/acme/voice?endpoint={endpoint}&region=us-east-1", tmp_path / machine
    )
    for kept in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=kept["Key"])
    client.close()


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "folder":
        return Blobs(tmp_path / "blobs")
    opened: Open = request.getfixturevalue("bucket")
    return opened("here")


class TestBlobs:
    """The same promises, whoever keeps the audio."""

    def test_the_same_bytes_have_one_name_however_they_come(
        self, blobs: BlobStore, tmp_path: Path
    ) -> None:
        data = os.urandom(20 << 20)  # more than one part of an upload
        file = tmp_path / "a.wav"
        file.write_bytes(data)
        assert blobs.put_file(file) == blobs.put(data) == content_hash(data)
        assert blobs.path(content_hash(data)).read_bytes() == data

    @pytest.mark.parametrize("data", [b"", b"sound"])
    def test_a_blob_is_read_back(self, blobs: BlobStore, data: bytes) -> None:
        name = blobs.put(data)
        with blobs.open(name) as file:
            assert file.read() == data
        assert blobs.holds(name)

    def test_a_missing_blob_is_refused_by_name(self, blobs: BlobStore) -> None:
        assert not blobs.holds("0" * 40)
        for read in (blobs.path, blobs.open):
            with pytest.raises(InvalidEvent, match="0" * 40) as caught:
                read("0" * 40)
            assert caught.value.reason == "missing_blob"

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "", "A" * 40, "0" * 40 + "\n", "/etc/passwd"]
    )
    def test_what_is_no_name_is_refused(self, blobs: BlobStore, name: str) -> None:
        for ask in (blobs.path, blobs.open, blobs.remove):
            with pytest.raises(InvalidEvent) as caught:
                ask(name)
            assert caught.value.reason == "invalid_blob"
        assert not blobs.holds(name)

    def test_many_writers_and_readers_of_the_same_blob_see_it_whole(self, blobs: BlobStore) -> None:
        data = b"x" * 300_000
        with ThreadPoolExecutor(8) as pool:
            names = set(pool.map(blobs.put, [data] * 16))
            assert names == {content_hash(data)}
            paths = set(pool.map(blobs.path, list(names) * 16))
        assert [path.read_bytes() for path in paths] == [data]

    def test_a_removed_blob_is_gone_and_removing_it_again_is_no_error(
        self, blobs: BlobStore
    ) -> None:
        name = blobs.put(b"sound")
        assert blobs.path(name).exists()
        blobs.remove(name)
        blobs.remove(name)
        assert not blobs.holds(name)
        with pytest.raises(InvalidEvent):
            blobs.path(name)
        assert blobs.put(b"sound") == name
        assert blobs.path(name).read_bytes() == b"sound"

    def test_a_file_that_is_not_there_is_an_error_of_the_file(
        self, blobs: BlobStore, tmp_path: Path
    ) -> None:
        with pytest.raises(FileNotFoundError):
            blobs.put_file(tmp_path / "none.wav")


class TestS3:
    """What only a bucket does."""

    def test_what_one_machine_keeps_another_reads_and_what_one_removes_none_reads(
        self, bucket: Open
    ) -> None:
        one, other = bucket("one"), bucket("other")
        name = one.put(b"sound")
        assert other.path(name).read_bytes() == b"sound"
        one.remove(name)
        with pytest.raises(InvalidEvent) as caught:
            other.path(name)
        assert caught.value.reason == "missing_blob"

    def test_a_blob_is_downloaded_once(self, bucket: Open) -> None:
        blobs = bucket("here")
        name = blobs.put(b"sound")
        first = blobs.path(name)
        written = first.stat().st_ino
        assert blobs.path(name).stat().st_ino == written

    def test_objects_lie_under_the_prefix(self, bucket: Open, endpoint: str) -> None:
        name = bucket("here").put(b"sound")
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        listed = client.list_objects_v2(Bucket=BUCKET)["Contents"]
        assert [one["Key"] for one in listed] == [f"acme/voice/{name[:2]}/{name}"]

    def test_an_object_with_other_bytes_than_its_name_says_is_refused_and_leaves_no_file(
        self, bucket: Open, endpoint: str, tmp_path: Path
    ) -> None:
        name = bucket("here").put(b"sound")
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        client.put_object(Bucket=BUCKET, Key=f"acme/voice/{name[:2]}/{name}", Body=b"noise")
        with pytest.raises(InvalidEvent, match="other bytes"):
            bucket("there").path(name)
        assert [path for path in (tmp_path / "there").rglob("*") if path.is_file()] == []

    def test_a_bucket_that_is_not_there_is_a_wrong_setting_and_no_missing_blob(
        self, bucket: Open, endpoint: str, tmp_path: Path
    ) -> None:
        blobs = S3Blobs(f"s3://nowhere?endpoint={endpoint}&region=us-east-1", tmp_path)
        for _ in range(2):
            with pytest.raises(ConfigError, match="no bucket 'nowhere'"):
                blobs.holds("0" * 40)

    def test_a_server_that_does_not_answer_is_unavailable(self, tmp_path: Path) -> None:
        blobs = S3Blobs(f"s3://{BUCKET}?endpoint=http://127.0.0.1:9&region=us-east-1", tmp_path)
        with pytest.raises(Unavailable, match="'calls' cannot be reached"):
            blobs.put(b"sound")

    def test_missing_credentials_are_a_wrong_setting(
        self, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        blobs = S3Blobs(f"s3://{BUCKET}?endpoint={endpoint}&region=us-east-1", tmp_path)
        with pytest.raises(ConfigError, match="NoCredentialsError"):
            blobs.put(b"sound")

    def test_credentials_that_are_refused_are_a_wrong_setting_and_do_not_print(
        self, bucket: Open, endpoint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "Qz1")
        httpx.post(f"{endpoint}/moto-api/reset-auth", content="0")
        try:
            with pytest.raises(ConfigError, match="answers 403: see credentials") as caught:
                bucket("here").put(b"sound")
        finally:
            httpx.post(f"{endpoint}/moto-api/reset-auth", content="inf")
        assert "Qz" not in str(caught.value)

    def test_a_server_that_is_busy_is_unavailable(self, tmp_path: Path) -> None:
        server = HTTPServer(("127.0.0.1", 0), Busy)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"s3://{BUCKET}?endpoint=http://127.0.0.1:{server.server_port}&region=eu-west-1"
            with pytest.raises(Unavailable, match="answers 503"):
                S3Blobs(url, tmp_path).holds("0" * 40)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Busy(BaseHTTPRequestHandler):
    """Answers 503 to everything."""

    def do_HEAD(self) -> None:
        self.send_response(503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass
