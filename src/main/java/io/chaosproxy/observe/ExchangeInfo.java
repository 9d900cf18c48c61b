package io.chaosproxy.observe;

import io.chaosproxy.fault.ClientProtocol;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An HTTP exchange that is over: its response has been handed on whole, or never will be. Keeps no more of the request than
 * is told, since its head may be large.
 *
 * @param id the exchange
 * @param client address of the client
 * @param spoken what the client speaks
 * @param requestLine first line of the request as it came, without its end
 * @param referer {@code Referer} field of the request; empty without one
 * @param userAgent {@code User-Agent} field of the request; empty without one
 * @param status the status that was handed on; 0 if there was no response
 * @param bytes bytes that went to the client behind the heads
 * @param firstByte from the request's head until the first byte of the response had been written to the client
 * @param time from the request's head until the end
 * @param hits names of the rules that hit it, each once
 */
public record ExchangeInfo(
        ExchangeId id,
        InetAddress client,
        ClientProtocol spoken,
        String requestLine,
        String referer,
        String userAgent,
        int status,
        long bytes,
        Optional<Duration> firstByte,
        Duration time,
        List<String> hits) {}
