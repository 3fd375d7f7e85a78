"""PostgreSQL triggers that keep `token_version` honest, whoever writes: the API, Django admin, a shell, SQL by hand.

Signals and `save()` miss `QuerySet.update`, `bulk_update` and SQL; a trigger misses none of them. What it cannot see is
an owner of the database who switches triggers off.
"""

from __future__ import annotations

CREATE = """
CREATE FUNCTION support_new_staff_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO support_staffprofile (user_id, token_version, preferences) VALUES (NEW.id, 1, '{}')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER support_new_staff_profile AFTER INSERT ON auth_user
    FOR EACH ROW EXECUTE FUNCTION support_new_staff_profile();

CREATE FUNCTION support_rights_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE support_staffprofile SET token_version = token_version + 1 WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER support_rights_changed AFTER UPDATE ON auth_user FOR EACH ROW
    WHEN ((OLD.password, OLD.is_active, OLD.is_staff, OLD.is_superuser)
          IS DISTINCT FROM (NEW.password, NEW.is_active, NEW.is_staff, NEW.is_superuser))
    EXECUTE FUNCTION support_rights_changed();

CREATE FUNCTION support_groups_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE support_staffprofile SET token_version = token_version + 1 WHERE user_id IN (OLD.user_id, NEW.user_id);
    RETURN NULL;
END $$;
CREATE TRIGGER support_groups_changed AFTER INSERT OR UPDATE OR DELETE ON auth_user_groups
    FOR EACH ROW EXECUTE FUNCTION support_groups_changed();

INSERT INTO support_staffprofile (user_id, token_version, preferences) SELECT id, 1, '{}' FROM auth_user
ON CONFLICT DO NOTHING;
"""

DROP = """
DROP TRIGGER support_groups_changed ON auth_user_groups;
DROP TRIGGER support_rights_changed ON auth_user;
DROP TRIGGER support_new_staff_profile ON auth_user;
DROP FUNCTION support_groups_changed();
DROP FUNCTION support_rights_changed();
DROP FUNCTION support_new_staff_profile();
"""
