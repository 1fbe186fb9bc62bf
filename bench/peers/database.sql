-- The peers' copy of the database. They run no predicates, so what is hidden is gone from it and no index is partial:
-- they read the same rows as Teahouse shows, from as many indexes.
SET session_replication_role = replica;
DELETE FROM comment USING post WHERE post.id = comment.post_id AND (comment.visibility <> 0 OR post.visibility <> 0);
DELETE FROM post_activity USING post WHERE post.id = post_activity.post_id AND post.visibility <> 0;
DELETE FROM post WHERE visibility <> 0;
SET session_replication_role = DEFAULT;
DROP INDEX post_space_new_index, post_space_hidden_index, post_space_author_hidden_index, post_author_new_index, post_author_hidden_index, post_new_index;
DROP INDEX comment_post_new_index, comment_post_hidden_index;
CREATE INDEX ON post (space_id, created_at, id);
CREATE INDEX ON post (author_id, created_at, id);
CREATE INDEX ON post (created_at, id);
CREATE INDEX ON comment (post_id, created_at, id);
-- What PostGraphile shows as fields and changes of its own.
CREATE FUNCTION post_excerpt(p post) RETURNS text LANGUAGE sql STABLE AS $$ SELECT left(p.body_text, 200) $$;
CREATE FUNCTION post_viewer_has_reacted(p post, viewer bigint) RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT EXISTS (SELECT FROM post_reaction WHERE post_id = p.id AND member_id = viewer) $$;
CREATE FUNCTION add_reaction(post bigint, viewer bigint, kind text) RETURNS post LANGUAGE sql VOLATILE AS $$
    WITH added AS (
        INSERT INTO post_reaction (post_id, member_id, kind_id)
        SELECT $1, $2, id FROM reaction_kind WHERE name = $3 ON CONFLICT DO NOTHING RETURNING post_id, kind_id
    ), ranked AS (
        UPDATE post_activity SET score = score + 1 FROM added WHERE post_activity.post_id = added.post_id
    )
    UPDATE post SET reaction_count = reaction_count + 1,
        reaction_counts = reaction_counts_changed(reaction_counts, added.kind_id, 1)
    FROM added WHERE post.id = added.post_id RETURNING post.*
$$;
CREATE FUNCTION create_comment_on(post bigint, viewer bigint, body text) RETURNS comment LANGUAGE sql VOLATILE AS $$
    WITH counted AS (UPDATE post SET comment_count = comment_count + 1 WHERE id = $1),
    ranked AS (
        UPDATE post_activity SET score = score + 2, active_at = greatest(active_at, now()) WHERE post_id = $1
    ), written AS (UPDATE member SET comment_count = comment_count + 1 WHERE id = $2)
    INSERT INTO comment (post_id, author_id, body, body_html, body_text)
    VALUES ($1, $2, $3, '<p>' || $3 || '</p>', $3) RETURNING *
$$;
