// Mercurius with its own JIT, and DataLoaders.
import Fastify from "fastify";
import mercurius from "mercurius";
import { makeContext, resolvers, typeDefs } from "./schema.mjs";

const app = Fastify({ logger: false });
app.register(mercurius, { schema: typeDefs, resolvers, context: makeContext, jit: 1, graphiql: false });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
