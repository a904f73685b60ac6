// The module is JavaScript, what it imports is not.
import './not-javascript.json';
