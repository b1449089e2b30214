-- Who acts is told by set_config('firmground.acting', …): {"officer", "office", "role", "verb", "why"}.
-- firmground.audit holds "transaction:position" of the last entry; both end with the transaction, or with a savepoint
-- that is rolled back, just as the entries do.

-- Tables are named with their schema, and the application's role can make no function that might come before the
-- built-in ones; setting search_path in each of these would cost a third of their time.

CREATE SEQUENCE audit_transaction;

CREATE FUNCTION audit_append(
    kind text, about_table text, key text, place_code text, before jsonb, after jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    acting jsonb := nullif(current_setting('firmground.acting', true), '');
    said text := nullif(current_setting('firmground.audit', true), '');
    bundle bigint := split_part(said, ':', 1);
    place_in_bundle integer := split_part(said, ':', 2)::integer + 1;
    moment timestamptz := clock_timestamp();
BEGIN
    IF acting IS NULL THEN
        RAISE EXCEPTION 'Nobody acts: % of % is refused. Write through an action, which says who and in which office.',
            kind, about_table USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF said IS NULL THEN
        bundle := nextval('public.audit_transaction');
        place_in_bundle := 1;
    END IF;
    PERFORM set_config('firmground.audit', bundle || ':' || place_in_bundle, true);
    INSERT INTO public.audit_entry (
        transaction, "position", at, kind, officer, office, role, verb, why, "table", key, place_code, before, after,
        digest
    ) VALUES (
        bundle, place_in_bundle, moment, kind, (acting->>'officer')::bigint, (acting->>'office')::bigint,
        acting->>'role', acting->>'verb', acting->>'why', about_table, key, place_code, before, after,
        sha256(convert_to(jsonb_build_array(
            bundle, place_in_bundle, to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), kind,
            acting->'officer', acting->'office', acting->>'role', acting->>'verb', acting->>'why', about_table, key,
            place_code, before, after
        )::text, 'UTF8'))
    );
    IF said IS NULL THEN
        INSERT INTO public.audit_seal (transaction, closing) VALUES (bundle, false);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION audit_append FROM PUBLIC;

-- What an action records by hand.
CREATE FUNCTION audit_event(refused boolean, about_table text, key text, place_code text, details jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    SELECT public.audit_append(
        CASE WHEN refused THEN 'refused' ELSE 'event' END, about_table, key, place_code, NULL, details)
$$;

-- Arguments: key columns, place column (or ''), columns whose values are not kept.
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    one_row jsonb := coalesce(new_row, old_row);
    hidden text[] := string_to_array(TG_ARGV[2], ',');
    row_key text;
    before jsonb := old_row;
    after jsonb := new_row;
BEGIN
    SELECT string_agg(one_row->>each, '/' ORDER BY place) INTO row_key
    FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS keys (each, place);
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, new_row->o.key) INTO before, after
        FROM jsonb_each(old_row) o WHERE o.value IS DISTINCT FROM new_row->o.key;
        IF before IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    FOR i IN 1..coalesce(array_length(hidden, 1), 0) LOOP
        IF before ? hidden[i] THEN before := before || jsonb_build_object(hidden[i], '…'); END IF;
        IF after ? hidden[i] THEN after := after || jsonb_build_object(hidden[i], '…'); END IF;
    END LOOP;
    PERFORM public.audit_append(
        lower(TG_OP), TG_TABLE_NAME, row_key, coalesce(one_row->>TG_ARGV[1], ''), before, after);
    RETURN NULL;
END $$;

-- At commit: one transaction after the other closes its entries. The first firing queues a second, which comes after
-- every other deferred check of the transaction: whoever holds the lock waits for nobody any more.
CREATE FUNCTION audit_close() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    seeing text := coalesce(current_setting('firmground.territories', true), '');
    last_number bigint := 0;
    last_digest bytea := '';
    counted integer;
    digests bytea;
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE public.audit_seal SET closing = true WHERE transaction = NEW.transaction;
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(1635083369);
    PERFORM set_config('firmground.territories', '{""}', true);
    SELECT number, digest INTO last_number, last_digest FROM public.audit_seal
    WHERE number IS NOT NULL ORDER BY number DESC LIMIT 1;
    SELECT count(*), string_agg(digest, ''::bytea ORDER BY "position") INTO counted, digests
    FROM public.audit_entry WHERE transaction = NEW.transaction;
    UPDATE public.audit_seal
    SET closing = false, number = coalesce(last_number, 0) + 1, entries = counted, sealed_at = clock_timestamp(),
        digest = sha256(coalesce(last_digest, '') || convert_to(
            jsonb_build_array(coalesce(last_number, 0) + 1, NEW.transaction, counted)::text, 'UTF8') || digests)
    WHERE transaction = NEW.transaction;
    PERFORM set_config('firmground.territories', seeing, true);
    PERFORM set_config('firmground.audit', '', true);  -- what comes after is sealed anew
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER audit_seal_close AFTER INSERT OR UPDATE ON audit_seal
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.number IS NULL) EXECUTE FUNCTION audit_close();

CREATE FUNCTION audit_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is never changed.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_never BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_never();
CREATE TRIGGER audit_seal_never BEFORE DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_never();
CREATE TRIGGER audit_seal_once BEFORE UPDATE ON audit_seal
FOR EACH ROW WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION audit_never();
