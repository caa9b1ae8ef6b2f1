// A real OpenID provider on this machine: `node openid-provider.program.mjs PORT`. Programs get JSON Web Tokens by their client credentials; what
// the token claims of them, for whom it is and for how long, is in the name of the client: group|audience|seconds.
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const client = (id) => ({
  client_id: id,
  client_secret: 'a secret of the client',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
});
const partsOf = (clientId) => clientId.split('|');
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: process.argv.slice(3).map(client),
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_context, { clientId }) => `urn:${partsOf(clientId)[1]}`,
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
