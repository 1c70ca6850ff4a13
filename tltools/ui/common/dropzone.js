// The view of `portions.py`'s drop zone: a folder, an archive or many files are dropped or
// chosen here; a bar shows how far they are. Uses `Portions` of `portions.js`, which stands
// before this text in the same module.

const places = new Map(); // place -> {id, portions}: outlives a visit to another page
const SYSTEM = new Set(["__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db"]);
const MOST_NAMED = 500;

function hidden(name) {
  return name.split("/").some((part) => part.startsWith(".") || SYSTEM.has(part.toLowerCase()));
}

function ending(name) {
  const found = /\.[^./]+$/.exec(name.toLowerCase());
  return found ? found[0] : "";
}

// [files to send, files left out with a reason], by the limits that the app gave
function sorted(files, limits) {
  const kept = [], leftOut = [];
  for (const { name, blob } of files) {
    const most = limits[ending(name)];
    if (hidden(name)) continue;
    if (most === undefined) {
      leftOut.push({ name, reason: "it is no picture, archive or file of labels" });
    } else if (blob.size > most) {
      leftOut.push({ name, reason: `it is larger than ${Math.round(most / 1e6)} MB` });
    } else kept.push({ name, blob });
  }
  return [kept, leftOut];
}

// All files below a dropped entry; `into` grows, up to one more than `most`.
async function walk(entry, into, most) {
  if (into.length > most || hidden(entry.name)) return;
  if (entry.isFile) {
    const blob = await new Promise((done, failed) => entry.file(done, failed)).catch(() => null);
    if (blob) into.push({ name: entry.fullPath.replace(/^\/+/, ""), blob });
  } else if (entry.isDirectory) {
    const reader = entry.createReader();
    for (;;) { // a reader gives a hundred at a time, and then none
      const some = await new Promise((done, failed) => reader.readEntries(done, failed))
        .catch(() => []);
      if (!some.length) return;
      for (const one of some) await walk(one, into, most);
    }
  }
}

function inWords(seconds) {
  if (seconds === null) return "";
  return seconds < 90 ? `, about ${Math.max(1, Math.round(seconds))} s left`
    : `, about ${Math.round(seconds / 60)} min left`;
}

function mega(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

function show(root, portions, said) {
  const at = (name) => root.querySelector(`.${name}`);
  const busy = portions.busy;
  at("zone").hidden = busy || portions.finished;
  at("under-way").hidden = !busy && !portions.finished;
  at("said").textContent = said;
  at("said").hidden = !said;
  if (portions.finished) {
    at("bar").value = 1;
    at("how-far").textContent = "Everything has arrived.";
    at("stop").hidden = true;
  } else if (busy) {
    at("stop").hidden = false;
    at("bar").value = portions.bytes ? portions.bytesDone / portions.bytes : 0;
    at("how-far").textContent =
      `${portions.filesDone.toLocaleString("en")} of ${portions.items.length.toLocaleString("en")} ` +
      `files, ${mega(portions.bytesDone)} of ${mega(portions.bytes)} MB` +
      inWords(portions.secondsLeft());
  }
}

function begin(portions, files, data, tell) {
  const [kept, leftOut] = sorted(files, data.limits);
  const bytes = kept.reduce((sum, item) => sum + item.blob.size, 0);
  if (files.length > data.most_files || kept.length > data.most_files) {
    tell(`That is more than ${data.most_files.toLocaleString("en")} files. Choose a smaller folder.`);
  } else if (bytes > data.most_bytes) {
    tell(`That is ${mega(bytes)} MB, more than ${mega(data.most_bytes)}. Choose a smaller folder.`);
  } else if (!kept.length && leftOut.length) {
    const { name, reason } = leftOut[0];
    tell(`None of ${leftOut.length} can be used. ${name}: ${reason}.`);
  } else if (!kept.length) {
    tell("There are no files in it. Choose another folder.");
  } else {
    tell("");
    portions.start(kept, leftOut.slice(0, MOST_NAMED));
  }
}

export default function ({ data, parentElement: root, setTriggerValue }) {
  let held = places.get(data.place);
  let said = data.trouble;
  if (!held || held.id !== data.upload) {
    if (held) {
      if (held.portions.busy && !said) said = "The app was restarted. Choose the files again.";
      held.portions.stop();
      held.portions.rest();
    }
    held = { id: data.upload, portions: new Portions(data.portion_bytes), said };
    places.set(data.place, held);
  }
  const { portions } = held;
  const tell = (words) => {
    held.said = words;
    show(root, portions, words);
  };
  portions.changed = () => show(root, portions, held.said || "");
  const end = portions.attach((portion) => setTriggerValue("portion", { ...portion, upload: data.upload }));
  portions.acknowledge(data.acknowledged);

  root.querySelector(".words").textContent = data.words;
  const zone = root.querySelector(".zone");
  const [folder, some] = [root.querySelector(".folder"), root.querySelector(".some")];
  const chosen = (input) => () => {
    const files = [...input.files].map((blob) => ({ name: blob.webkitRelativePath || blob.name, blob }));
    input.value = "";
    begin(portions, files, data, tell);
  };
  folder.onchange = chosen(folder);
  some.onchange = chosen(some);
  root.querySelector(".choose-folder").onclick = () => folder.click();
  root.querySelector(".choose-files").onclick = () => some.click();
  zone.ondragover = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  zone.ondragleave = () => zone.classList.remove("over");
  zone.ondrop = async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    // Read at once: the list is gone after the first wait
    const dropped = [...event.dataTransfer.items].filter((item) => item.kind === "file")
      .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
    const files = [];
    tell("Looking through the folder …");
    for (const { entry, file } of dropped) {
      if (entry) await walk(entry, files, data.most_files);
      else if (file) files.push({ name: file.name, blob: file });
    }
    begin(portions, files, data, tell);
  };
  root.querySelector(".stop").onclick = () => {
    portions.stop();
    setTriggerValue("stop", { upload: data.upload });
  };
  show(root, portions, held.said || "");
  return end;
}
