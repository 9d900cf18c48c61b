// Views that ask the server about a proxy again and again, for as long as they are shown.
import { useEffect } from "./vendor/hooks.js";

const polls = new Set();

/** Calls `read(signal)` now and each `period` milliseconds; the signal ends its request. No proxy, no poll. */
export function usePoll(proxy, period, read) {
  useEffect(() => {
    if (proxy === undefined) return undefined;
    const poll = { proxy, ending: new AbortController() };
    const next = () => poll.ending.signal.aborted || read(poll.ending.signal);
    polls.add(poll);
    next();
    const timer = setInterval(next, period);
    return () => {
      clearInterval(timer);
      polls.delete(poll);
      poll.ending.abort();
    };
  }, [proxy]);
}

/** Ends the requests about a proxy that is to be removed: one that comes behind that is an error. Returns what makes them go on. */
export function pausePolls(proxy) {
  const paused = [...polls].filter((poll) => poll.proxy === proxy);
  paused.forEach((poll) => poll.ending.abort());
  return () => paused.forEach((poll) => {
    if (polls.has(poll)) poll.ending = new AbortController();
  });
}
