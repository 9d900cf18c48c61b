/**
 * HTTP/1.1 framing and the HTTP relay.
 *
 * <p>The relay reads heads and tracks where bodies begin and end, and forwards the bytes as they came: order, case, chunk
 * extensions, trailers, informational responses. Both directions move at the same time.
 */
@NullMarked
package io.chaosproxy.http;

import org.jspecify.annotations.NullMarked;
