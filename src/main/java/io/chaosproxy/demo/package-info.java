/** Demo origin: a small web server behind the proxy, with a page that shows the behaviour of the network. */
@NullMarked
package io.chaosproxy.demo;

import org.jspecify.annotations.NullMarked;
