/** Forward proxy: clients name the target of each connection, by SOCKS 5 or HTTP. */
@NullMarked
package io.chaosproxy.forward;

import org.jspecify.annotations.NullMarked;
