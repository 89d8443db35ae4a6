"""All tables of changes together: the tests run their rows, and `docs/rules.md` tells what is tested."""

from typing import Final

from tests.conformance import (
    error_agent_rows,
    error_rows,
    header_rows,
    request_classification_rows,
    request_content_rows,
    request_evidence_type_rows,
    request_person_rows,
    request_structure_rows,
    response_content_rows,
    response_package_rows,
    response_structure_rows,
)
from tests.conformance.changes import Row

ROWS: Final[tuple[Row, ...]] = (
    *request_structure_rows.ROWS,
    *request_content_rows.ROWS,
    *request_classification_rows.ROWS,
    *request_evidence_type_rows.ROWS,
    *request_person_rows.ROWS,
    *response_structure_rows.ROWS,
    *response_package_rows.ROWS,
    *response_content_rows.ROWS,
    *error_rows.ROWS,
    *error_agent_rows.ROWS,
    *header_rows.ROWS,
)
