// A real OpenID provider on this machine: `node openid-provider.program.mjs PORT`. Programs get JSON Web Tokens by their client credentials; what
// the token claims of them, for whom it is and for how long, is in the name of the client: group|audience|seconds. People log in at its pages,
// under any name, as `name@group`, and are sent back to one of CALLBACKS (comma separated) by the clients `mux`, `mux-post` and `mux-public`.
// Its groups are in the answer of the userinfo endpoint; an ID token is good for ID_TOKEN_S seconds.
import { env } from 'node:process';
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const callbacks = (env.CALLBACKS ?? '').split(',').filter(Boolean);
const secret = 'a secret of the client';
const ofPrograms = (id) => ({
  client_id: id,
  client_secret: secret,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
});
const ofPeople = (id, way) => ({
  client_id: id,
  ...(way !== 'none' && { client_secret: secret }),
  token_endpoint_auth_method: way,
  redirect_uris: callbacks,
});
const partsOf = (clientId) => clientId.split('|');
const clientsOfPeople =
  callbacks.length === 0
    ? []
    : [
        ofPeople('mux', 'client_secret_basic'),
        ofPeople('mux-post', 'client_secret_post'),
        ofPeople('mux-public', 'none'),
      ];
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [...process.argv.slice(3).map(ofPrograms), ...clientsOfPeople],
  claims: { openid: ['sub'], groups: ['groups'] },
  scopes: ['openid', 'groups'],
  ttl: { IdToken: Number(env.ID_TOKEN_S ?? 3600) },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, groups: [id.split('@')[1]] }),
  }),
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_context, { clientId }) =>
        partsOf(clientId).length > 1 ? `urn:${partsOf(clientId)[1]}` : undefined,
      getResourceServerInfo: (_context, _resource, { clientId }) => ({
        scope: '',
        audience: partsOf(clientId)[1],
        accessTokenFormat: 'jwt',
        accessTokenTTL: Number(partsOf(clientId)[2]),
      }),
    },
  },
  extraTokenClaims: (_context, { clientId }) => ({ groups: [partsOf(clientId)[0]] }),
});
provider.listen(port, '127.0.0.1', () => console.log('listening'));
