// A picture on a stage: wheel, pinch, drag, double click and keys zoom and move it.

const LINE_PX = 30; // of a wheel that counts lines
const CLICK_PX = 6; // a pointer that moved less was a click
const DOUBLE_MS = 320, DOUBLE_PX = 28;
const FLIGHT_MS = 420;
const MOST = 24; // px of the screen for one of the photo
const STEP = 1.5;
const NEARER = 1.3, CLOSE = 2.5; // times the scale at which all of the picture is seen

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Let people move a picture of `width` × `height` px on the element `stage`.
 *
 * `moved({scale, x, y})` hears where it is: a point p of the picture lies at p · scale + (x, y) of the stage.
 * `clicked(event)` hears clicks that were no drag. Listeners end with `signal`.
 */
export const openStage = (stage, { width, height, moved, clicked, signal }) => {
  let scale = 1, x = 0, y = 0, flight = 0, fitted = true;
  const pointers = new Map();
  let dragged = 0, lastClick = { time: 0, x: 0, y: 0 };

  const fitScale = () => Math.min(stage.clientWidth / width, stage.clientHeight / height) || 1;
  const most = () => Math.max(MOST, 2 * fitScale());
  const held = (offset, size, room) => (size <= room ? (room - size) / 2 : clamp(offset, room - size, 0));
  const place = (newScale, newX, newY) => {
    scale = clamp(newScale, fitScale(), most());
    fitted = scale <= fitScale() * 1.001;
    x = held(newX, width * scale, stage.clientWidth);
    y = held(newY, height * scale, stage.clientHeight);
    stage.classList.toggle("fitted", fitted);
    stage.dataset.zoom = (scale / fitScale()).toFixed(2);
    moved({ scale, x, y });
  };
  const land = () => cancelAnimationFrame(flight);

  /** Zoom so that the point (atX, atY) of the stage stays where it is. */
  const zoomAt = (factor, atX, atY) => {
    land();
    const next = clamp(scale * factor, fitScale(), most());
    place(next, atX - ((atX - x) * next) / scale, atY - ((atY - y) * next) / scale);
  };
  const fly = (toScale, centreX, centreY) => {
    land();
    const [roomX, roomY] = [stage.clientWidth / 2, stage.clientHeight / 2];
    const from = { scale, x: (roomX - x) / scale, y: (roomY - y) / scale };
    const to = clamp(toScale, fitScale(), most());
    const at = (share) => {
      const now = from.scale * (to / from.scale) ** share;
      // The centre goes with the scale, so that the picture seems to come nearer rather than to slide.
      const gone = Math.abs(to - from.scale) < 1e-6 ? share : (1 / now - 1 / from.scale) / (1 / to - 1 / from.scale);
      place(now, roomX - (from.x + (centreX - from.x) * gone) * now, roomY - (from.y + (centreY - from.y) * gone) * now);
    };
    if (still()) return at(1);
    const begun = performance.now();
    const step = (time) => {
      const share = clamp((time - begun) / FLIGHT_MS, 0, 1);
      at(share < 0.5 ? 2 * share * share : 1 - 2 * (1 - share) ** 2);
      if (share < 1) flight = requestAnimationFrame(step);
    };
    flight = requestAnimationFrame(step);
  };
  const fit = () => fly(fitScale(), width / 2, height / 2);
  const zoomBy = (factor) => {
    const [roomX, roomY] = [stage.clientWidth / 2, stage.clientHeight / 2];
    fly(scale * factor, (roomX - x) / scale, (roomY - y) / scale);
  };
  /** Show a box of the picture as large as it goes, with some of its surroundings; of one that nearly fills the
   * picture, the place (row, column) in it. */
  const showBox = ({ row, column, height: boxHeight, width: boxWidth }, [placeRow, placeColumn]) => {
    const wanted = 0.72 * Math.min(stage.clientWidth / Math.max(boxWidth, 24), stage.clientHeight / Math.max(boxHeight, 24));
    if (wanted < fitScale() * NEARER) return fly(fitScale() * CLOSE, placeColumn, placeRow);
    fly(Math.min(wanted, Math.max(8, fitScale())), column + boxWidth / 2, row + boxHeight / 2);
  };

  const spot = (event) => {
    const bounds = stage.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  };
  const spread = () => {
    const [[ax, ay], [bx, by]] = [...pointers.values()];
    return { far: Math.hypot(ax - bx, ay - by), midX: (ax + bx) / 2, midY: (ay + by) / 2 };
  };
  const listen = (type, heard, options = {}) => stage.addEventListener(type, heard, { signal, ...options });

  listen("wheel", (event) => {
    event.preventDefault();
    const turned = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1);
    zoomAt(Math.exp(-clamp(turned, -240, 240) * (event.ctrlKey ? 0.01 : 0.002)), ...spot(event));
  }, { passive: false });
  listen("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button, input, label")) return;
    land();
    stage.setPointerCapture(event.pointerId);
    if (pointers.size === 0) dragged = 0;
    if (pointers.size < 2) pointers.set(event.pointerId, spot(event));
  });
  listen("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const [wasX, wasY] = pointers.get(event.pointerId);
    const [nowX, nowY] = spot(event);
    const before = pointers.size === 2 ? spread() : null;
    pointers.set(event.pointerId, [nowX, nowY]);
    dragged += Math.hypot(nowX - wasX, nowY - wasY);
    if (dragged > CLICK_PX) stage.classList.add("dragging");
    if (before === null) return place(scale, x + nowX - wasX, y + nowY - wasY);
    const after = spread();
    dragged += CLICK_PX;
    place(scale, x + after.midX - before.midX, y + after.midY - before.midY);
    zoomAt(after.far / Math.max(before.far, 1), after.midX, after.midY);
  });
  const released = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (pointers.size > 0) return;
    stage.classList.remove("dragging");
    if (event.type === "pointercancel" || dragged > CLICK_PX) return;
    const [atX, atY] = spot(event);
    const isDouble = event.timeStamp - lastClick.time < DOUBLE_MS && Math.hypot(atX - lastClick.x, atY - lastClick.y) < DOUBLE_PX;
    lastClick = isDouble ? { time: 0, x: 0, y: 0 } : { time: event.timeStamp, x: atX, y: atY };
    if (!isDouble) return clicked(event);
    const next = clamp(scale * 3, fitScale(), most());
    if (scale > fitScale() * 8) return fit();
    // What is under the pointer stays under it.
    const [roomX, roomY] = [stage.clientWidth / 2, stage.clientHeight / 2];
    fly(next, (atX - x) / scale + (roomX - atX) / next, (atY - y) / scale + (roomY - atY) / next);
  };
  listen("pointerup", released);
  listen("pointercancel", released);
  listen("keydown", (event) => {
    const steps = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
    if (!(event.key in steps) || event.target !== stage || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    land();
    place(scale, x + steps[event.key][0], y + steps[event.key][1]);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, dialog")) return;
    const keys = { "+": () => zoomBy(STEP), "=": () => zoomBy(STEP), "-": () => zoomBy(1 / STEP), "−": () => zoomBy(1 / STEP), "0": fit };
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  }, { signal });

  const watch = new ResizeObserver(() => {
    if (fitted) place(fitScale(), 0, 0);
    else place(scale, x, y);
  });
  watch.observe(stage);
  signal.addEventListener("abort", () => {
    watch.disconnect();
    land();
  });
  place(fitScale(), 0, 0);
  return { fit, zoomBy, showBox, zoomIn: () => zoomBy(STEP), zoomOut: () => zoomBy(1 / STEP) };
};
