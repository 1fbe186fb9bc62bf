import { graphql } from "relay-runtime";

export const feed = graphql`
  query FeedQuery($slug: String!, $first: Int!, $after: String) {
    space(slug: $slug) {
      ...Feed_space
    }
  }
`;

export const page = graphql`
  fragment Feed_space on Space @refetchable(queryName: "FeedPageQuery") {
    posts(first: $first, after: $after) @connection(key: "Feed_posts") {
      edges {
        node {
          id
          title
          author {
            displayName
          }
        }
      }
    }
  }
`;
