/** What a 3D viewer's widget sends: no rendering, which only the editor has, but the camera that the file keeps. */
import { isJsonObject } from '../../json/json.js';
import { asRecord, type JsonRecord } from '../values.js';

/** Where the editor's camera stands at first. */
const firstCamera = {
  position: { x: 10, y: 10, z: 10.000000000000002 },
  target: { x: 0, y: 0, z: 0 },
  zoom: 1,
  cameraType: 'perspective',
  quaternion: {
    x: -0.2798481423331213,
    y: 0.3647051996310008,
    z: 0.11591689595929511,
    w: 0.8804762392171493,
  },
  fov: 35,
  aspect: 1,
  near: 0.01,
  far: 10_000,
  frustum: { left: -5, right: 5, top: 5, bottom: -5 },
};

export function viewportState(saved: unknown, properties: JsonRecord): unknown {
  if (isJsonObject(saved)) return saved;
  const { state } = asRecord(properties['Camera Config']);
  return {
    image: '',
    mask: '',
    normal: '',
    camera_info: isJsonObject(state) ? state : firstCamera,
    recording: '',
    model_3d_info: [],
  };
}
