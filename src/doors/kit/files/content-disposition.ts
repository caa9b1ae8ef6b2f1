/** `inline` shows the file in the browser, `attachment` saves it. Any file name is safe: RFC 6266 with both forms. */
export function contentDisposition(kind: 'inline' | 'attachment' | '', filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\]/g, '_');
  const extended = plain === filename ? '' : `; filename*=UTF-8''${percentEncode(filename)}`;
  return `${kind === '' ? '' : `${kind}; `}filename="${plain}"${extended}`;
}

/** encodeURIComponent leaves characters alone that RFC 8187 wants encoded, and throws on lone surrogates. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
