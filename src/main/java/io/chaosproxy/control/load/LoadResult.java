package io.chaosproxy.control.load;

/**
 * What became of one request.
 *
 * @param atNanos since the leg began, when it ended
 * @param firstByteNanos from the begin of its connection to the first byte from the other side; -1 without one
 * @param totalNanos from the begin of its connection to its end
 * @param bytes of the body, or read
 * @param status of the response; 0 without one
 * @param failure empty if it is complete
 */
public record LoadResult(long atNanos, long firstByteNanos, long totalNanos, long bytes, int status, String failure) {}
