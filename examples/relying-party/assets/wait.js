// Waits for the phone by server-sent events, so that nobody has to press "Continue". Without it,
// the page works by that button.
"use strict";

(() => {
  const place = document.querySelector("[data-events]");
  if (!place || !("EventSource" in window)) {
    return;
  }

  const said = place.dataset;
  const say = (name) => {
    const text = place.getAttribute(`data-said-${name}`);
    // Said again, the same text would be read aloud again.
    if (text && place.textContent !== text) {
      place.textContent = text;
    }
  };

  const events = new EventSource(said.events);
  let decided = false;
  let failures = 0;

  const proceed = () => {
    if (decided) {
      return;
    }
    decided = true;
    events.close();
    place.classList.remove("waiting");
    say("decided");
    document.getElementById(said.continue).submit();
  };

  events.addEventListener("status", (event) => {
    failures = 0;
    if (/^[a-z]+$/.test(event.data)) {
      said.answered = "";
      place.classList.remove("waiting");
      say(event.data);
    }
  });
  events.addEventListener("decided", proceed);
  events.addEventListener("open", () => {
    failures = 0;
    // What the phone has done already stays said.
    if (!("answered" in said)) {
      place.classList.add("waiting");
      say("waiting");
    }
  });
  // The browser connects again by itself; one lost connection is nothing to speak of.
  events.addEventListener("error", () => {
    failures += 1;
    if (events.readyState === EventSource.CLOSED || failures > 2) {
      place.classList.remove("waiting");
      say("lost");
    }
  });

  // The service ends the request; this is for when its word of that does not arrive.
  const seconds = Number(said.seconds);
  if (seconds > 0) {
    setTimeout(proceed, (seconds + 3) * 1000);
  }
})();
