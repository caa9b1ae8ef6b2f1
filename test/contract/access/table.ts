/**
 * Who may use which route: one line for each, by the least role that may; `known` is everybody with a key, `open` everybody.
 * A new route has no line, and fails the test until somebody has decided who may use it.
 */
export type Least = 'open' | 'known' | 'metrics' | 'read' | 'submit' | 'operator' | 'admin';

const lines = (least: Least, routes: string): [string, Least][] =>
  routes
    .trim()
    .split('\n')
    .map((route) => [route.trim(), least]);

/** ComfyUI has each route twice. */
const both = (least: Least, routes: string): [string, Least][] =>
  lines(least, routes).flatMap(([route]) => {
    const [method = '', path = ''] = route.split(' ');
    return [
      [`native ${method} ${path}`, least],
      [`native ${method} /api${path}`, least],
    ] satisfies [string, Least][];
  });

const apiV2 = (port: string): [string, Least][] => [
  ...lines('open', `${port} GET /api/v2/health`),
  ...lines(
    'read',
    `${port} GET /api/v2/jobs
     ${port} GET /api/v2/jobs/:id
     ${port} GET /api/v2/jobs/:id/workflow
     ${port} GET /api/v2/jobs/:id/events
     ${port} HEAD /api/v2/assets/by-hash/:id
     ${port} GET /api/v2/assets/:id
     ${port} GET /api/v2/assets/:id/content`,
  ),
  ...lines(
    'submit',
    `${port} POST /api/v2/jobs
     ${port} POST /api/v2/jobs/:id/cancel
     ${port} POST /api/v2/assets
     ${port} POST /api/v2/assets/from-hash
     ${port} POST /api/v2/assets/from-path
     ${port} DELETE /api/v2/assets/:id`,
  ),
];

export const table = new Map<string, Least>([
  ...lines(
    'open',
    `main GET /livez
     main GET /console
     main GET /login
     main POST /login
     main POST /login/out
     main GET /login/provider
     main GET /login/callback
     native GET /login/provider
     native GET /login/callback
     native GET /login
     native POST /login
     native POST /login/out
     main GET /console/*
    main GET /readyz
    main * /api/v2/*
    main * /openai/v1/*
    main GET /mcp
    main DELETE /mcp
    native * /api/v2/jobs/*
    native * /api/v2/assets/*`,
  ),
  ...lines(
    'known',
    `main GET /v1/version
     main GET /v1/me
     main POST /v1/tokens`,
  ),
  ...lines(
    'metrics',
    `main GET /metrics
    main GET /v1/scaling`,
  ),
  ...apiV2('main'),
  ...apiV2('native'),
  ...lines(
    'read',
    `main GET /
    main GET /health
    main GET /api/status/:prompt_id
    main GET /cfui/view
    main GET /docs
    main GET /openapi.json
    main GET /v1/jobs
    main GET /v1/jobs/:id
    main GET /v1/jobs/:id/decision
    main GET /v1/jobs/:id/deliveries
    main GET /v1/jobs/:id/events
    main POST /v1/forecast
    main GET /v1/batches
    main GET /v1/batches/:id
    main GET /v1/batches/:id/deliveries
    main GET /v1/batches/:id/results.zip
    main GET /v1/jobs/:id/graph
    main GET /v1/jobs/:id/preview
    main POST /mcp
    main GET /openai/v1/models
    main GET /openai/v1/models/:id
    main GET /openai/v1/videos
    main GET /openai/v1/videos/:id
    main GET /openai/v1/videos/:id/content
    main GET /v1/events
    main GET /v1/queue
    main GET /v1/stats
    main GET /v1/inventory
    main GET /v1/readiness
    main GET /v1/readiness/alike
    main POST /v1/readiness
    main POST /v1/links
    main GET /v1/workflows/:name/readiness
    main GET /v1/workflows
    main GET /v1/workflows/:name
    main GET /v1/workflows/:name/versions
    main GET /v1/workflows/:name/versions/:version
    main GET /v1/workflows/:name/compare
    main POST /v1/workflows::convert
    main POST /v1/workflows::propose
    main GET /v1/tenants
    main GET /v1/usage
    main GET /v1/tenants/:id
    native GET /api/jobs
    native GET /api/jobs/:id
    native GET /internal/files/:type
    native GET /internal/folder_paths
    native * /api/assets
    native * /api/assets/*
    native * /api/tags`,
  ),
  ...both(
    'read',
    `GET /prompt
    GET /queue
    GET /history
    GET /history/:id
    GET /object_info
    GET /object_info/:name
    GET /models
    GET /models/:folder
    GET /experiment/models
    GET /experiment/models/:folder
    GET /embeddings
    GET /system_stats
    GET /features
    GET /view
    GET /viewvideo
    GET /vhs/viewvideo
    GET /vhs/viewaudio
    GET /view_metadata/:folder
    GET /users
    GET /settings
    GET /settings/:id
    GET /userdata
    GET /v2/userdata
    GET /userdata/:file`,
  ),
  ...lines(
    'submit',
    `main POST /api/upload_and_generate
    main POST /api/upload_and_generate_sync
    main POST /api/generate
    main POST /api/enhance_prompt
    main POST /v1/jobs
    main POST /v1/jobs/batch
    main POST /v1/batches/:id/cancel
    main POST /v1/batches/:id/deliveries/:delivery/redeliver
    main POST /openai/v1/images/generations
    main POST /openai/v1/images/edits
    main POST /openai/v1/videos
    main DELETE /openai/v1/videos/:id
    main POST /v1/jobs/:id/cancel
    main PATCH /v1/jobs/:id
    main POST /v1/jobs/:id/retry
    main POST /v1/jobs/:id/deliveries/:delivery/redeliver
    main POST /v1/jobs::cancel
    main POST /v1/assets
    main POST /v1/workflows/:name/run
    native POST /api/jobs/:id/cancel
    native POST /api/jobs/cancel`,
  ),
  ...both(
    'submit',
    `POST /prompt
    POST /queue
    POST /interrupt
    POST /history
    POST /upload/image
    POST /upload/mask
    POST /settings
    POST /settings/:id
    POST /userdata/:file
    DELETE /userdata/:file
    POST /userdata/:file/move/:dest`,
  ),
  ...lines(
    'operator',
    `main GET /v1/nodes
    main GET /v1/nodes/:id
    main GET /v1/nodes/:id/timeline
    main GET /v1/nodes/:id/residency
    main POST /v1/nodes
    main PATCH /v1/nodes/:id
    main DELETE /v1/nodes/:id
    main POST /v1/nodes/:id/drain
    main POST /v1/nodes/:id/undrain
    main PUT /v1/workflows/:name
    main DELETE /v1/workflows/:name
    main POST /v1/workflows/:name/channels/:channel`,
  ),
  ...lines(
    'admin',
    `main PUT /v1/tenants/:id
    main DELETE /v1/tenants/:id
    main POST /v1/keys
    main GET /v1/keys
    main GET /v1/audit
    main DELETE /v1/keys/:id
    main POST /v1/keys/:id/rotate
    main DELETE /v1/keys/:id/logins
    main DELETE /v1/principals/:id/logins
    main GET /v1/principals`,
  ),
]);
