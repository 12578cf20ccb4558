"""Who is in the demo: colleagues who sign in, and the clients whom they call."""

from typing import NamedTuple

COLLEAGUES = (
    ("Lucía Fernández Ortega", "lucia@example.com", "admin", "es", "Europe/Madrid"),
    ("Javier Moreno Gil", "javier@example.com", "staff", "es", "Europe/Madrid"),
    ("Carmen Navarro Ruiz", "carmen@example.com", "staff", "es", "Europe/Madrid"),
    ("Diego Santos Vega", "diego@example.com", "staff", "es", "Europe/Madrid"),
    ("Nuria Castaño Prieto", "nuria@example.com", "staff", "es", "Atlantic/Canary"),
    ("Emily Clarke", "emily@example.com", "staff", "en", "Europe/Madrid"),
)

CLIENTS = {
    "María Pérez": {"phone": "+34 600 000 001", "email": "maria.perez@example.com", "note": "Reagrupación familiar."},
    "Ahmed Benali": {"phone": "+34 600 000 002", "email": "ahmed.benali@example.com", "note": "Arraigo social."},
    "Yulia Kovalenko": {"phone": "+34 600 000 003", "email": "yulia.kovalenko@example.com"},
    "Carlos Andrés Restrepo": {"phone": "+34 600 000 004", "note": "Nacionalidad por residencia."},
    "Fatou Diop": {"phone": "+34 600 000 005", "email": "fatou.diop@example.com"},
    "Wei Zhang": {"phone": "+34 600 000 006", "email": "wei.zhang@example.com", "note": "Autorización de negocio."},
    "Gabriela Souza": {"phone": "+34 600 000 007", "email": "gabriela.souza@example.com"},
    "Oleksandr Bondar": {"phone": "+34 600 000 008", "note": "Protección temporal."},
    "Rosa Quispe Mamani": {"phone": "+34 600 000 009", "email": "rosa.quispe@example.com"},
    "John Whitfield": {"phone": "+34 600 000 010", "email": "john.whitfield@example.com", "note": "Habla inglés."},
    "Samira El Idrissi": {"phone": "+34 600 000 011", "email": "samira.elidrissi@example.com"},
    "Luis Fernando Caicedo": {"phone": "+34 600 000 012"},
    "Natalia Ionescu": {"phone": "+34 600 000 013", "email": "natalia.ionescu@example.com"},
    "Muhammad Iqbal": {"phone": "+34 600 000 014", "email": "muhammad.iqbal@example.com"},
    "Panadería Hnos. Ortiz, S. L.": {"phone": "+34 910 000 015", "email": "ortiz@example.com", "note": "Contrata."},
}


class LogIn(NamedTuple):
    """One colleague of the demo, with the password that was made for this database."""

    password: str
    name: str
    email: str
    role: str
    locale: str
    timezone: str

    @property
    def first_name(self) -> str:
        return self.name.split()[0]
