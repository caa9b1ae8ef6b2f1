/** A small landscape, drawn here so that nothing has to be fetched. */
export async function demoPicture(): Promise<Blob> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [832, 480];
  const pen = canvas.getContext('2d');
  if (pen) draw(pen);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('This browser draws no picture.'))),
      'image/png',
    );
  });
}

function draw(pen: CanvasRenderingContext2D): void {
  const sky = pen.createLinearGradient(0, 0, 0, 480);
  sky.addColorStop(0, '#2b4a8b');
  sky.addColorStop(1, '#f6b26b');
  pen.fillStyle = sky;
  pen.fillRect(0, 0, 832, 480);
  pen.fillStyle = '#ffe9a8';
  pen.beginPath();
  pen.arc(590, 300, 58, 0, Math.PI * 2);
  pen.fill();
  for (const [colour, base, height] of [
    ['#54708f', 330, 60],
    ['#355a52', 380, 45],
    ['#203f2f', 430, 30],
  ] as const) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(0, 480);
    for (let x = 0; x <= 832; x += 8) pen.lineTo(x, base + Math.sin(x / (height * 1.7) + base) * height);
    pen.lineTo(832, 480);
    pen.fill();
  }
}
