// What the two servers written by hand share: the schema, one prepared statement a batch, and DataLoaders.
import DataLoader from "dataloader";
import pg from "pg";

export const typeDefs = /* GraphQL */ `
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Member { id: ID! handle: String! displayName: String! avatarUrl: String }
  type Comment { id: ID! body: String! createdAt: String! author: Member }
  type CommentEdge { cursor: String! node: Comment! }
  type CommentConnection { edges: [CommentEdge!]! pageInfo: PageInfo! }
  type Post {
    id: ID! title: String! body: String! excerpt: String! createdAt: String! author: Member
    reactionCount: Int! commentCount: Int! viewerHasReacted(viewer: ID!): Boolean!
    comments(first: Int!): CommentConnection!
  }
  type PostEdge { cursor: String! node: Post! }
  type PostConnection { edges: [PostEdge!]! pageInfo: PageInfo! }
  type Space { id: ID! name: String! posts(first: Int!): PostConnection! }
  type Query { space(slug: String!): Space post(id: ID!): Post member(handle: String!): Member }
`;

const POST = `id, title, body, left(body_text, 200) AS excerpt, to_json(created_at)::text AS created_json,
  (extract(epoch FROM created_at) * 1000000)::bigint::text AS at, author_id, reaction_count, comment_count`;
const MEMBER = "id, handle, display_name, avatar_url";
const STATEMENTS = {
  space: "SELECT id, name FROM space WHERE slug = $1",
  post: `SELECT ${POST} FROM post WHERE id = $1`,
  member: `SELECT ${MEMBER} FROM member WHERE handle_skeleton = $1`,
  posts: `SELECT ${POST} FROM post WHERE space_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`,
  members: `SELECT ${MEMBER} FROM member WHERE id = ANY($1::bigint[])`,
  comments: `SELECT c.* FROM unnest($1::bigint[]) AS wanted (id), LATERAL (
      SELECT id, post_id, body, to_json(created_at)::text AS created_json,
        (extract(epoch FROM created_at) * 1000000)::bigint::text AS at, author_id
      FROM comment WHERE post_id = wanted.id ORDER BY created_at, id LIMIT $2) AS c`,
  reacted: "SELECT DISTINCT post_id FROM post_reaction WHERE member_id = $1 AND post_id = ANY($2::bigint[])",
};

export const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  idleTimeoutMillis: 0,
  options: "-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC",
});

const rows = async (name, values) => (await pool.query({ name, text: STATEMENTS[name], values })).rows;
const number = (id) => id.slice(id.indexOf("_") + 1);
const connection = (found, first) => {
  const edges = found.slice(0, first).map((node) => ({ cursor: `${node.at}~${node.id}`, node }));
  return { edges, pageInfo: { hasNextPage: found.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
};

export function makeContext() {
  const members = new DataLoader(async (ids) => {
    const found = new Map((await rows("members", [ids])).map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
  const comments = new Map();
  const reacted = new Map();
  return {
    members,
    comments: (first) => {
      if (!comments.has(first)) {
        comments.set(first, new DataLoader(async (ids) => {
          const found = new Map(ids.map((id) => [id, []]));
          for (const row of await rows("comments", [ids, first + 1])) found.get(row.post_id).push(row);
          return ids.map((id) => connection(found.get(id), first));
        }));
      }
      return comments.get(first);
    },
    reacted: (viewer) => {
      if (!reacted.has(viewer)) {
        reacted.set(viewer, new DataLoader(async (ids) => {
          const found = new Set((await rows("reacted", [viewer, ids])).map((row) => row.post_id));
          return ids.map((id) => found.has(id));
        }));
      }
      return reacted.get(viewer);
    },
  };
}

const createdAt = (row) => row.created_json.slice(1, -1);
const author = (row, _, context) => context.members.load(row.author_id);

export const resolvers = {
  Query: {
    space: async (_, { slug }) => (await rows("space", [slug]))[0] ?? null,
    post: async (_, { id }) => (await rows("post", [number(id)]))[0] ?? null,
    member: async (_, { handle }) => (await rows("member", [handle]))[0] ?? null,
  },
  Space: {
    id: (space) => `space_${space.id}`,
    posts: async (space, { first }) => connection(await rows("posts", [space.id, first + 1]), first),
  },
  Post: {
    id: (post) => `post_${post.id}`,
    createdAt,
    author,
    reactionCount: (post) => post.reaction_count,
    commentCount: (post) => post.comment_count,
    viewerHasReacted: (post, { viewer }, context) => context.reacted(number(viewer)).load(post.id),
    comments: (post, { first }, context) => context.comments(first).load(post.id),
  },
  Comment: { id: (comment) => `comment_${comment.id}`, createdAt, author },
  Member: {
    id: (member) => `member_${member.id}`,
    displayName: (member) => member.display_name,
    avatarUrl: (member) => member.avatar_url,
  },
};
