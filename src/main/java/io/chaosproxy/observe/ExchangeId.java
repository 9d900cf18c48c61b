package io.chaosproxy.observe;

import java.time.Instant;

/**
 * Identifies an HTTP exchange.
 *
 * @param proxy name of the proxy
 * @param connection number of the connection on the proxy, from 1
 * @param number number of the exchange on the connection, from 1
 * @param began when the head of the request had been read; tells exchanges of proxies of the same name apart
 */
public record ExchangeId(String proxy, long connection, long number, Instant began) {}
