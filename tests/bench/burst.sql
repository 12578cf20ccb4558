-- :rows calls, each covered and with one reminder, all of tomorrow; `due_now` in burst.py brings them to this minute.
TRUNCATE users, contacts, calls, follow_ups, notification_schedules CASCADE;

INSERT INTO users (id, name, email, password_hash, role, locale, timezone, is_active, must_change_password, created_at,
                   updated_at)
SELECT gen_random_uuid(), 'Colega Núñez ' || n, 'colega' || n || '@example.com', '-', 'staff', 'es', 'Europe/Madrid',
       true, false, now(), now()
FROM generate_series(1, 40) n;

INSERT INTO contacts (id, name, phone, version, created_at, updated_at)
SELECT gen_random_uuid(), 'María Pérez ' || n, '+34 600 ' || n, 1, now(), now() FROM generate_series(1, 1000) n;

CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, owner.id AS owner_id, cover.id AS cover_id, contact.id AS contact_id,
       date_trunc('second', now()) + interval '1 day' - (n % 10) * interval '1 second' AS due_at
FROM generate_series(1, CAST(:rows AS integer)) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM users) owner ON owner.k = n % 40
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM users) cover ON cover.k = (n + 1) % 40
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM contacts) contact ON contact.k = n % 1000;

INSERT INTO calls (id, entity_id, responsible_user_id, coverage_user_id, proxima_llamada_fecha, called_at, direction,
  note, version, created_at, updated_at)
SELECT id, contact_id, owner_id, cover_id, due_at, now(), 'out',
       'Quedamos en revisar juntos la documentación del arraigo antes de la cita.', 1, now(), now()
FROM numbered;

INSERT INTO follow_ups (id, entity_type, entity_id, event_kind, due_at, responsible_user_id, coverage_user_id,
  coverage_source, contact_id, title, created_at, updated_at)
SELECT gen_random_uuid(), 'call', id, 'next_call', due_at, owner_id, cover_id, 'chosen', contact_id, '', now(), now()
FROM numbered;

INSERT INTO notification_schedules (id, entity_type, entity_id, event_kind, coverage_user_id, event_due_date,
  notification_type, scheduled_send_at, next_attempt_at, status, sent, claims, attempts, subject, message_body,
  created_at, updated_at)
SELECT gen_random_uuid(), 'call', id, 'next_call', cover_id, due_at, '15min_before', due_at - interval '15 min',
       due_at - interval '15 min', 'pending', false, 0, 0, 'Recordatorio', repeat('texto ', 80), now(), now()
FROM numbered;
