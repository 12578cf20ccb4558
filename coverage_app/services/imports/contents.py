"""What people wrote into the file of an import, and how it is deleted once nobody needs it."""

from uuid import UUID

from sqlalchemy import update

from coverage_app.extensions import db
from coverage_app.models import ImportChunk
from coverage_app.services.imports.files import delete_file


def delete_contents(import_id: UUID) -> None:
    """Delete the file and what was read from it, in the caller's transaction.

    What was said of its lines stays, for its owner to correct them, as long as the import.
    """
    delete_file(import_id)
    chunks = update(ImportChunk).where(ImportChunk.import_id == import_id)
    db.session.execute(chunks.values(values=[]), execution_options={"synchronize_session": False})
