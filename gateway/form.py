"""
A submission as multipart/form-data (RFC 7578), taken apart while it comes in: payloads go into `Spooled`s, encrypted.

The form parsers of Starlette would put them into plain temporary files.
"""

from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from oots.ebms.messages import MAX_PARTS
from oots.errors import CallerError
from oots.spooled import NewSpooled, Spooled

MAX_MESSAGE_BYTES: Final = 1 << 20
"""Of the JSON that announces the payloads."""


class SubmissionForm:
    """One field `message`, and a field `payload` for each part."""

    def __init__(self, content_type: str, *, new_spooled: NewSpooled) -> None:
        media_type, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if media_type != b"multipart/form-data" or not boundary:
            raise CallerError("Content-Type is not multipart/form-data with a boundary")
        self.payloads: list[Spooled] = []
        """In the order in which they came."""
        self._new_spooled = new_spooled
        self._message: Spooled | None = None
        self._field: Spooled | None = None
        self._header_name = self._header_value = b""
        self._disposition = b""
        self._complete = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._add_to_name,
                    "on_header_value": self._add_to_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._begin_content,
                    "on_part_data": self._add_to_content,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise CallerError(f"the form cannot be read: {error}") from error

    def write(self, data: bytes) -> None:
        """Take a piece of the form; raises `CallerError`, naming the field, for what does not belong there."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise CallerError(f"the form cannot be read: {error}") from error

    def message(self) -> bytes:
        """Give the field `message`, once everything came."""
        if not self._complete:
            raise CallerError("the form ends before its closing boundary")
        if self._message is None:
            raise CallerError("field message is missing")
        return self._message.read()

    def close(self) -> None:
        """Forget the payloads."""
        for payload in self.payloads:
            payload.close()

    def _begin_part(self) -> None:
        self._disposition = b""
        self._field = None

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _begin_content(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"")
        if name == b"payload":
            if len(self.payloads) == MAX_PARTS:
                raise CallerError(f"field payload stands more than {MAX_PARTS} times")
            self._field = self._new_spooled()
            self.payloads.append(self._field)
        elif name == b"message" and self._message is None:
            self._field = self._message = Spooled()
        else:
            raise CallerError(f"field {name.decode('ascii', 'replace')[:40]!r} is unknown, or stands twice")

    def _add_to_content(self, data: bytes, start: int, end: int) -> None:
        assert self._field is not None
        self._field.write(data[start:end])
        if self._field is self._message and self._field.size > MAX_MESSAGE_BYTES:
            raise CallerError(f"field message has more than {MAX_MESSAGE_BYTES} bytes")

    def _end(self) -> None:
        self._complete = True
