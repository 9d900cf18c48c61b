/** What the proxy costs and what it does when the machine gives no more: proxies in processes of their own. */
@NullMarked
package io.chaosproxy.resources;

import org.jspecify.annotations.NullMarked;
