"""Keep audio in a bucket of S3 or of anything that speaks its protocol."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import exceptions as aws
from botocore.config import Config

from infra.blob_cache import BlobCache
from infra.blobs import checked, hash_of, is_blob_name
from schemas.errors import ConfigError, InvalidEvent, ThreadlineError, Unavailable
from schemas.ids import content_hash

CACHE_BYTES = 2 << 30
_CHUNK = 1 << 20
_PART = 16 << 20  # from this size on a file travels in parts
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_BUSY = frozenset({"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "429"})
_SETTINGS = (
    aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError,
    aws.ProfileNotFound, aws.NoRegionError, aws.InvalidRegionError, aws.ParamValidationError,
)  # fmt: skip


class S3Blobs:
    """A bucket of content-addressed objects, and a folder of those used last.

    `url` is `s3://bucket/prefix?endpoint=http://host:9000&region=eu-central-1`. Credentials are
    found the way every AWS program finds them. They must allow to list the bucket, and to get, put
    and delete its objects. `cache` is a folder of this machine and holds `cache_bytes` or a little
    more. Safe for many threads; connects when first used.
    """

    def __init__(self, url: str, cache: Path, *, cache_bytes: int = CACHE_BYTES) -> None:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        self._bucket = parts.netloc
        self._where = f"the bucket {self._bucket!r}"
        self._prefix = f"{unquote(parts.path).strip('/')}/".lstrip("/")
        self._endpoint = options.get("endpoint")
        self._region = options.get("region")
        self._cache = BlobCache(cache, cache_bytes)
        self._connecting = threading.Lock()

    def put(self, data: bytes) -> str:
        """Keep bytes and give their name, 40 hexadecimal characters."""
        name = content_hash(data)
        self._upload(name, BytesIO(data))
        return name

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file and give its name; memory use does not grow with its size."""
        with path.open("rb") as file:
            name = hash_of(file)
            file.seek(0)
            self._upload(name, file)
        return name

    def path(self, name: str) -> Path:
        """Find the file of a blob, downloading it when it is not in the cache.

        The bucket is asked each time: what was erased there is gone here too.

        Raises:
            InvalidEvent: `invalid_blob`, `missing_blob`.
            Unavailable: the bucket cannot be reached now.
            ConfigError: there is no such bucket, or access is denied.
        """
        if not self.holds(checked(name)):
            self._cache.drop(name)
            raise InvalidEvent("missing_blob", f"there is no blob {name}")
        return self._cache.get(name, lambda target: self._download(name, target))

    def open(self, name: str) -> BinaryIO:
        """Open a blob for reading; raises as `path`."""
        return self.path(name).open("rb")

    def holds(self, name: str) -> bool:
        """Tell whether a blob of this name is in the bucket; any text may be asked about."""
        if not is_blob_name(name):
            return False
        try:
            with self._translated(name):
                self._client.head_object(Bucket=self._bucket, Key=self._key(name))
        except InvalidEvent:
            return False
        return True

    def remove(self, name: str) -> None:
        """Remove a blob here and in the bucket; one that is gone already is no error.

        Copies in the caches of other machines are never given out again.

        Raises:
            InvalidEvent: `invalid_blob`.
        """
        key = self._key(checked(name))
        with self._translated():
            self._client.delete_object(Bucket=self._bucket, Key=key)
        self._cache.drop(name)

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name[:2]}/{name}"

    def _upload(self, name: str, file: BinaryIO) -> None:
        if self.holds(name):
            return
        parts = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART)
        with self._translated():
            self._client.upload_fileobj(file, self._bucket, self._key(name), Config=parts)

    def _download(self, name: str, target: BinaryIO) -> None:
        state = blake2b(digest_size=20)
        with self._translated(name):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
            for chunk in answer["Body"].iter_chunks(_CHUNK):
                state.update(chunk)
                target.write(chunk)
        if state.hexdigest() != name:
            raise InvalidEvent("missing_blob", f"the object of blob {name} holds other bytes")

    @property
    def _client(self) -> Any:  # the vendor ships no types
        with self._connecting:
            return self._connected

    @cached_property
    def _connected(self) -> Any:
        config = Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 4},
            # Other servers than Amazon's know neither a host per bucket nor newer checksums.
            s3={"addressing_style": "path" if self._endpoint else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        with self._translated():
            # A session of its own: the default one is not safe to share between threads.
            client = boto3.session.Session().client(
                "s3", endpoint_url=self._endpoint, region_name=self._region, config=config
            )
            # Asked once: without it, a bucket that is not there looks like one without the blob.
            client.head_bucket(Bucket=self._bucket)
        return client

    @contextmanager
    def _translated(self, name: str = "") -> Iterator[None]:
        try:
            yield
        except aws.ClientError as error:
            raise self._meaning(error, name) from error
        except _SETTINGS as error:
            reason = f"{self._where}: {type(error).__name__}"
            raise ConfigError(f"THREADLINE_BLOBS: {reason}") from error
        except aws.BotoCoreError as error:
            raise Unavailable(f"{self._where} cannot be reached: {type(error).__name__}") from error

    def _meaning(self, error: aws.ClientError, name: str) -> ThreadlineError:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _BUSY:
            return Unavailable(f"{self._where} answers {code}")
        if code in _MISSING and name:
            return InvalidEvent("missing_blob", f"there is no blob {name}")
        if code in _MISSING or code == "NoSuchBucket":
            return ConfigError(f"THREADLINE_BLOBS: there is no bucket {self._bucket!r}")
        advice = "see credentials, region and policy"
        return ConfigError(f"THREADLINE_BLOBS: {self._where} answers {code}: {advice}")
