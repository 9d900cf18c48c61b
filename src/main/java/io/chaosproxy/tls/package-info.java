/**
 * TLS: reading a ClientHello without decrypting, transports on the JDK's engine, keys and certificates.
 *
 * <p>Nothing in here knows of proxies or connections.
 */
@NullMarked
package io.chaosproxy.tls;

import org.jspecify.annotations.NullMarked;
