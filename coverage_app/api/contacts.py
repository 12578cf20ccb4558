"""Contacts: the people whom everything else is about."""

from coverage_app.api.fields import Body, Email, Text
from coverage_app.api.resources import ContactResources, Resource, mount
from coverage_app.api.schemas import VersionedSchema
from coverage_app.models import Contact


class ContactFields(Body):
    name = Text(200, least=1)
    email = Email(allow_none=True)
    phone = Text(40, allow_none=True)
    note = Text(allow_none=True)


class ContactCreate(ContactFields):
    name = Text(200, least=1, required=True)


class ContactUpdate(ContactFields):
    pass


class ContactSchema(VersionedSchema, ContactFields):
    pass


mount(
    Resource(
        one="contact",
        many="contacts",
        path="/crm/contacts",
        model=Contact,
        service=ContactResources(),
        shown=ContactSchema,
        made=ContactCreate,
        changed=ContactUpdate,
        example={"name": "María Pérez", "email": "maria.perez@example.com", "phone": "+34 600 000 000"},
    )
)
