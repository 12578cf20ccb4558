-- A firm of :users colleagues with :rows follow-ups and three reminders for each, made set by set.
-- The large one: due times even over twelve months back and two ahead, 70 % done, people by turns.
-- The small one (:small): all open and near to now, and between two people, so that their pages are as full.
INSERT INTO users (id, name, email, password_hash, role, locale, timezone, is_active, must_change_password, created_at,
                   updated_at)
SELECT gen_random_uuid(), 'Colega ' || n, 'colega' || n || '@example.com', :hash, 'staff', 'es', 'Europe/Madrid', true,
       false, now(), now()
FROM generate_series(1, CAST(:users AS integer)) n;

INSERT INTO contacts (id, name, phone, version, created_at, updated_at)
SELECT gen_random_uuid(), 'Cliente ' || n, '+34 600 ' || n, 1, now(), now()
FROM generate_series(1, CAST(:rows AS integer) / 20) n;

-- A number for each follow-up: whose, with whom, when, whether done; its last digit says of which kind.
CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS id, owner.id AS owner_id, contact.id AS contact_id,
       CASE WHEN abs(hashint4(-n)) % 4 > 0 OR :small THEN cover.id END AS cover_id,
       date_trunc('second', now())
         + CASE WHEN :small THEN (n - CAST(:rows AS integer) * 48 / 100) * interval '112 minutes'
                ELSE (CAST(n AS float) / :rows * 425 - 365) * interval '1 day' END AS due_at,
       NOT :small AND abs(hashint4(n)) % 10 < 7 AS is_done
FROM generate_series(1, CAST(:rows AS integer)) n
JOIN (SELECT id, row_number() OVER (ORDER BY name) - 1 AS k FROM users) owner
  ON owner.k = CASE WHEN :small THEN (n + n / 10) % 2 ELSE n / 10 % :users END
JOIN (SELECT id, row_number() OVER (ORDER BY name) - 1 AS k FROM users) cover
  ON cover.k = CASE WHEN :small THEN 1 - (n + n / 10) % 2 ELSE (n / 10 + 1 + n % 7) % :users END
JOIN (SELECT id, row_number() OVER (ORDER BY name) - 1 AS k FROM contacts) contact
  ON contact.k = n % (CAST(:rows AS integer) / 20);

ALTER TABLE numbered ADD done_at timestamptz, ADD kind text, ADD event text;

UPDATE numbered SET done_at = CASE WHEN is_done THEN due_at END,
  kind = (ARRAY['call', 'call', 'call', 'call', 'task', 'task', 'task', 'opportunity', 'opportunity',
    'pipeline_action'])[n % 10 + 1],
  event = (ARRAY['next_call', 'next_call', 'next_call', 'next_call', 'task_due', 'task_due', 'task_due',
    'opportunity_follow_up', 'opportunity_follow_up', 'stage_next_action'])[n % 10 + 1];

INSERT INTO calls (id, entity_id, responsible_user_id, coverage_user_id, proxima_llamada_fecha, proxima_llamada_done_at,
  called_at, direction, version, created_at, updated_at)
SELECT id, contact_id, owner_id, cover_id, due_at, done_at, due_at - interval '2 days', 'out', 1, due_at, due_at
FROM numbered WHERE kind = 'call';

INSERT INTO tasks (id, entity_id, responsible_user_id, coverage_user_id, complete_till, completed_at, is_completed, text,
  version, created_at, updated_at)
SELECT id, contact_id, owner_id, cover_id, due_at, done_at, is_done, 'Tarea ' || n, 1, due_at, due_at
FROM numbered WHERE kind = 'task';

INSERT INTO lead_opportunities (id, contact_id, assigned_to_id, coverage_user_id, next_follow_up_date,
  next_follow_up_done_at, name, status, version, created_at, updated_at)
SELECT id, contact_id, owner_id, cover_id, due_at, done_at, 'Oportunidad ' || n, 'open', 1, due_at, due_at
FROM numbered WHERE kind = 'opportunity';

-- Each in the pipeline is there with an opportunity of its own: that of the number before.
INSERT INTO pipeline_stages (id, opportunity_id, next_action_responsible_id, next_action_coverage_user_id,
  next_action_due_date, next_action_done_at, stage_name, version, created_at, updated_at)
SELECT stage.id, opportunity.id, stage.owner_id, stage.cover_id, stage.due_at, stage.done_at,
       (ARRAY['new', 'contacted', 'meeting', 'proposal', 'contract', 'closed'])[stage.n / 10 % 6 + 1], 1, stage.due_at,
       stage.due_at
FROM numbered stage JOIN numbered opportunity ON opportunity.n = stage.n - 1 WHERE stage.kind = 'pipeline_action';

INSERT INTO follow_ups (id, entity_type, entity_id, event_kind, due_at, responsible_user_id, coverage_user_id,
  coverage_source, contact_id, title, done_at, created_at, updated_at)
SELECT gen_random_uuid(), kind, id, event, due_at, owner_id, cover_id,
       CASE WHEN cover_id IS NOT NULL THEN 'chosen' END, contact_id, 'Seguimiento ' || n, done_at, now(), now()
FROM numbered;

-- Whoever covers no longer has had reminders, too: each of the rows has three.
INSERT INTO notification_schedules (id, entity_type, entity_id, event_kind, coverage_user_id, event_due_date,
  notification_type, scheduled_send_at, next_attempt_at, status, sent, sent_at, claims, attempts, subject, message_body,
  created_at, updated_at)
SELECT gen_random_uuid(), kind, id, event, coalesce(cover_id, owner_id), due_at, label, send_at, send_at, status,
       status = 'sent', CASE WHEN status = 'sent' THEN send_at END, 1, 0, 'Recordatorio ' || n, repeat('texto ', 60),
       now(), now()
FROM numbered
CROSS JOIN (VALUES ('24h_before', interval '24 h'), ('1h_before', interval '1 h'), ('15min_before', interval '15 min'))
  AS offsets (label, before)
CROSS JOIN LATERAL (SELECT due_at - before AS send_at,
  CASE WHEN due_at - before > now() THEN 'pending' WHEN n % 400 = 0 THEN 'failed' ELSE 'sent' END AS status) AS state;
