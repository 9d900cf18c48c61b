/** The demo origin: a little web server to stand behind the proxy, and a page that shows what the network does. */
@NullMarked
package io.chaosproxy.demo;

import org.jspecify.annotations.NullMarked;
