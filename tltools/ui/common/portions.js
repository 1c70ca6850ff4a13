// The browser's half of `portions.py`: files leave in numbered portions. Each portion
// stays here until the app has acknowledged its number; only then the next one goes.
// Owns what is still to be sent. Leaves choosing files, and showing them, to a view that
// sets `changed` and hands over the app's `send`.

// A portion that is not acknowledged in time is sent again: a click of the same moment
// may have ended the run that should have taken it. The app takes each number once.
const FIRST_LATE_MS = 20000, LEAST_LATE_MS = 3000, LATE_TIMES = 4;
const MOST_PIECES = 500; // of one portion: many small files must not make a long message
// A portion is made as large as goes and comes back in this time: while one is on its way
// the person's clicks wait behind it.
const QUICK_MS = 250, SLOW_MS = 600, LEAST_BYTES = 100000;
const BREATH_MS = 20; // between two portions: time for the page to draw and take clicks

function asBase64(blob) {
  if (!blob.size) return Promise.resolve("");
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}

class Portions {
  // mostBytes: what one message may carry, before base64 makes it a third larger
  constructor(mostBytes) {
    this.mostBytes = mostBytes;
    this.portionBytes = mostBytes / 8;
    this.items = []; // {name, blob, number}
    this.leftOut = []; // {name, reason}
    this.at = { item: 0, start: 0 };
    this.number = 0;
    this.waiting = null; // the portion that is not acknowledged yet
    this.building = false;
    this.send = null; // sends a message to the app; null while the page shows no view
    this.changed = () => {};
    this.timer = null;
    this.late = FIRST_LATE_MS; // then by how long the last one took
    this.posted = 0;
    this.bytes = this.filesDone = this.bytesDone = 0;
    this.begun = 0;
    this.finished = this.stopped = false;
  }

  get busy() {
    return this.items.length > 0 && !this.finished && !this.stopped;
  }

  start(items, leftOut) {
    this.items = items.map((item, number) => ({ ...item, number }));
    this.leftOut = leftOut;
    this.bytes = items.reduce((sum, item) => sum + item.blob.size, 0);
    this.begun = performance.now();
    this.next();
  }

  // send: see the constructor. Where there was none, what waits goes again, as nobody
  // may have had it. Returns what ends this view: it may be called late, when the page
  // has drawn a newer one, which then stays.
  attach(send) {
    const anew = this.send === null;
    this.send = send;
    if (anew && this.waiting) this.post();
    return () => {
      if (this.send === send) this.rest();
    };
  }

  rest() {
    this.send = null;
    clearTimeout(this.timer);
  }

  stop() {
    this.stopped = true;
    this.waiting = null;
    this.items = [];
    clearTimeout(this.timer);
    this.changed();
  }

  acknowledge(number) {
    if (!this.waiting || number < this.waiting.number) return;
    clearTimeout(this.timer);
    const took = performance.now() - this.posted;
    this.late = Math.max(LEAST_LATE_MS, LATE_TIMES * took);
    if (took < QUICK_MS) this.portionBytes = Math.min(this.mostBytes, this.portionBytes * 1.5);
    if (took > SLOW_MS) this.portionBytes = Math.max(LEAST_BYTES, this.portionBytes / 2);
    this.filesDone += this.waiting.pieces.filter((one) => one.start + one.length === one.size).length;
    this.bytesDone += this.waiting.pieces.reduce((sum, one) => sum + one.length, 0);
    this.finished = this.waiting.last;
    this.waiting = null;
    if (this.finished) this.items = [];
    this.changed();
    if (!this.finished) setTimeout(() => this.next(), BREATH_MS);
  }

  secondsLeft() {
    const passed = (performance.now() - this.begun) / 1000;
    if (passed < 1 || !this.filesDone) return null;
    // files cost time too, and small ones little else
    const share = (this.bytesDone / (this.bytes || 1) + this.filesDone / this.items.length) / 2;
    return passed / share - passed;
  }

  post() {
    clearTimeout(this.timer);
    if (!this.send || !this.waiting) return;
    this.posted = performance.now();
    this.send(this.waiting);
    this.timer = setTimeout(() => this.post(), this.late);
  }

  async next() {
    if (this.building || this.waiting || this.stopped || this.finished) return;
    this.building = true;
    try {
      let portion = null;
      while (!portion) portion = await this.build();
      if (this.stopped) return;
      this.waiting = portion;
    } finally {
      this.building = false;
    }
    this.changed();
    this.post();
  }

  // The next portion; null where a file could not be read, which is then left out.
  async build() {
    const pieces = [], blobs = [];
    let { item, start } = this.at;
    let room = Math.round(this.portionBytes);
    while (item < this.items.length && room > 0 && pieces.length < MOST_PIECES) {
      const { name, blob, number } = this.items[item];
      const end = Math.min(blob.size, start + room);
      pieces.push({ file: number, name, size: blob.size, start, length: end - start });
      blobs.push(blob.slice(start, end));
      room -= end - start;
      [item, start] = end === blob.size ? [item + 1, 0] : [item, end];
    }
    let data;
    try {
      data = await asBase64(new Blob(blobs));
    } catch {
      await this.leaveOutUnreadable(pieces, blobs);
      return null;
    }
    this.at = { item, start };
    this.number += 1;
    const last = item >= this.items.length;
    return { number: this.number, pieces, data, last, left_out: last ? this.leftOut : [] };
  }

  async leaveOutUnreadable(pieces, blobs) {
    const bad = new Set();
    for (let index = 0; index < pieces.length; index += 1) {
      try {
        await blobs[index].arrayBuffer();
      } catch {
        bad.add(pieces[index].file);
      }
    }
    // none is at fault alone: without this it would be tried for ever
    if (!bad.size) bad.add(pieces[0].file);
    const first = this.items[this.at.item].number;
    for (const { name } of this.items.filter((item) => bad.has(item.number))) {
      this.leftOut.push({ name, reason: "the browser could not read it" });
    }
    this.items = this.items.filter((item) => !bad.has(item.number));
    if (bad.has(first)) this.at.start = 0;
  }
}
