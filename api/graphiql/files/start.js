/* Everything comes from this server, so GraphiQL works without a network. Headers, a token among them, are kept by the
   browser only while the page is open. */
const first = `# Welcome to Teahouse. Sign in with the signIn mutation and put its accessToken below under Headers:
# { "Authorization": "Bearer ..." }
query Feed {
  space(slug: "teaware") {
    name
    posts(first: 5) {
      edges {
        node { id title excerpt(length: 80) author { displayName } commentCount reactionCount }
      }
    }
  }
}
`;
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const fetcher = GraphiQL.createFetcher({ url: "/graphql", subscriptionUrl: `${scheme}//${location.host}/graphql` });
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: first, shouldPersistHeaders: false, defaultEditorToolsVisibility: "headers" }),
);
