export { openPicture, type Picture, rawPicture, type RawPixels } from './pictures.js';
