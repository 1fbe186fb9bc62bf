"""What is asked, of each server in its own words."""

from __future__ import annotations

AUTHOR = "author { id handle displayName avatarUrl }"
PAGE_INFO = "pageInfo { hasNextPage endCursor }"

FEED = f"""query Feed($space: String!, $first: Int!) {{
  space(slug: $space) {{ id name
    posts(first: $first) {{
      edges {{ cursor node {{ id title excerpt createdAt {AUTHOR} reactionCount commentCount viewerHasReacted
        comments(first: 3) {{ edges {{ cursor node {{ id body createdAt {AUTHOR} }} }} {PAGE_INFO} }} }} }}
      {PAGE_INFO} }} }} }}"""
THREAD = f"""query Thread($post: ID!, $first: Int!) {{
  post(id: $post) {{ id title body createdAt {AUTHOR} reactionCount commentCount viewerHasReacted
    comments(first: $first) {{ edges {{ cursor node {{ id body createdAt {AUTHOR} }} }} {PAGE_INFO} }} }} }}"""
MEMBER = "query OneMember($handle: String!) { member(handle: $handle) { id handle displayName avatarUrl } }"
REACT = """mutation React($input: ReactionInput!) {
  addReaction(input: $input) { subject { ... on Post { id reactionCount viewerHasReacted } } userErrors { code } } }"""
COMMENT = """mutation Comment($input: CreateCommentInput!) {
  createComment(input: $input) { comment { id body createdAt author { handle } } userErrors { code } } }"""
BALLOT = """mutation Ballot($input: CastBallotInput!) {
  castBallot(input: $input) { round { id viewerBallot { castAt } } userErrors { code } } }"""

# The Node servers that are written by hand take the viewer as an argument, as they have no sessions.
PEER_FEED = FEED.replace("$first: Int!)", "$first: Int!, $viewer: ID!)", 1).replace(
    "viewerHasReacted", "viewerHasReacted(viewer: $viewer)"
)
PEER_THREAD = THREAD.replace("$first: Int!)", "$first: Int!, $viewer: ID!)", 1).replace(
    "viewerHasReacted", "viewerHasReacted(viewer: $viewer)"
)

_POSTGRAPHILE_AUTHOR = "memberByAuthorId { rowId handle displayName avatarUrl }"


def _postgraphile_comments(first: str) -> str:
    return f"""commentsByPostId(first: {first}, orderBy: [CREATED_AT_ASC, ROW_ID_ASC]) {{
        edges {{ cursor node {{ rowId body createdAt {_POSTGRAPHILE_AUTHOR} }} }} {PAGE_INFO} }}"""


POSTGRAPHILE_FEED = f"""query Feed($space: String!, $first: Int!, $viewer: BigInt!) {{
  spaceBySlug(slug: $space) {{ rowId name
    postsBySpaceId(first: $first, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {{
      edges {{ cursor node {{ rowId title excerpt createdAt {_POSTGRAPHILE_AUTHOR} reactionCount commentCount
        viewerHasReacted(viewer: $viewer) {_postgraphile_comments("3")} }} }}
      {PAGE_INFO} }} }} }}"""
POSTGRAPHILE_THREAD = f"""query Thread($post: BigInt!, $first: Int!, $viewer: BigInt!) {{
  postByRowId(rowId: $post) {{ rowId title body createdAt {_POSTGRAPHILE_AUTHOR} reactionCount commentCount
    viewerHasReacted(viewer: $viewer) {_postgraphile_comments("$first")} }} }}"""
POSTGRAPHILE_MEMBER = "query OneMember($handle: String!) { memberByHandleSkeleton(handleSkeleton: $handle) { rowId handle displayName avatarUrl } }"
POSTGRAPHILE_REACT = """mutation React($post: BigInt!, $viewer: BigInt!, $kind: String!) {
  addReaction(input: {post: $post, viewer: $viewer, kind: $kind}) { result { rowId reactionCount viewerHasReacted(viewer: $viewer) } } }"""
POSTGRAPHILE_COMMENT = """mutation Comment($post: BigInt!, $viewer: BigInt!, $body: String!) {
  createCommentOn(input: {post: $post, viewer: $viewer, body: $body}) { result { rowId body createdAt memberByAuthorId { handle } } } }"""
